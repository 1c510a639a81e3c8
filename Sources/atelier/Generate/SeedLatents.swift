import Networks
import TensorCore

/// What seeds stand for: the same in a grid, in a file each, and in what is measured.
extension AnyGenerator {
    /// The latent vectors of seeds, filled up with the first to a whole chunk, in one graph:
    /// `[chunkSize, latentSize]`.
    func latents(of seeds: [UInt64], chunk: Int = PictureMaker.chunkSize) -> Tensor {
        var draws = seeds.map { seed in
            Tensor.normal([1, latentSize], key: RandomKey(seed: seed).folded("latent"))
        }
        while draws.count < chunk { draws.append(draws[0]) }
        return concatenate(draws, axis: 0)
    }

    /// The class that a seed stands for unless one is asked for.
    func label(of seed: UInt64) -> Int { classCount > 0 ? Int(seed % UInt64(classCount)) : 0 }

    /// Classes of a chunk, filled up with the first; nil for a network without classes.
    func classTensor(_ labels: [Int], chunk: Int = PictureMaker.chunkSize) -> Tensor? {
        guard classCount > 0, let first = labels.first else { return nil }
        let filled = labels + Array(repeating: first, count: max(chunk - labels.count, 0))
        return Tensor(int32: filled.map { Int32($0) }, shape: [filled.count])
    }
}
