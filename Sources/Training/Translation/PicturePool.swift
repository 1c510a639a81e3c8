public import TensorCore

/// Made pictures of earlier steps, which the discriminator is shown in place of half of the new ones so
/// that it does not forget: Shrivastava et al. 2017, "Learning from Simulated and Unsupervised Images
/// through Adversarial Training", https://arxiv.org/abs/1612.07828, as CycleGAN uses it.
///
/// Until it is full every new picture is put in and shown. Then each new picture is, with probability
/// one half, shown and forgotten; otherwise one of the pool is shown and the new one takes its place.
/// Within a batch no place is used twice.
public struct PicturePool: Module {
    /// The places, `[1, H, W, C]` each; black where nothing has been put yet.
    public private(set) var pictures: [Tensor]
    /// How many places are taken.
    public var count = 0

    /// An empty pool.
    ///
    /// - Parameters:
    ///   - capacity: How many places; with 0 every picture is shown as it comes.
    ///   - height: Rows of each picture.
    ///   - width: Pixels in a row.
    ///   - channels: Numbers in a pixel.
    public init(capacity: Int, height: Int, width: Int, channels: Int) {
        precondition(
            capacity >= 0, "[PicturePool] expected a capacity from 0 on, got \(capacity)")
        // Tensors of their own, as pictures are later: the plan of the first step is that of the last.
        pictures = (0..<capacity).map { _ in
            Tensor(
                [Float](repeating: 0, count: height * width * channels),
                shape: [1, height, width, channels])
        }
    }

    /// The pictures to be shown; nothing is evaluated yet.
    ///
    /// - Parameters:
    ///   - made: The new pictures `[N, H, W, C]`, at most as many as there are places.
    ///   - key: What is drawn from.
    /// - Returns: As many pictures.
    public mutating func exchange(_ made: Tensor, key: RandomKey) -> Tensor {
        let batch = made.shape[0]
        guard !pictures.isEmpty else { return made }
        precondition(
            batch <= pictures.count,
            "[PicturePool] expected at most \(pictures.count) pictures, got \(batch)")
        var used: Set<Int> = []
        var shown: [Tensor] = []
        for index in 0..<batch {
            let new = batch == 1 ? made : made.sliced(axis: 0, index..<index + 1)
            let isFilling = count < pictures.count
            let isSwapped = !isFilling && key.uniform(UInt64(2 * index)) >= 0.5
            let free = isFilling ? [count] : pictures.indices.filter { !used.contains($0) }
            let slot = free[key.integer(UInt64(2 * index + 1), below: free.count)]
            used.insert(slot)
            let old = pictures[slot]
            // Choices are data, so that every step has the same plan.
            shown.append(select(Tensor(bool: [isSwapped], shape: []), old, new))
            pictures[slot] = select(Tensor(bool: [isFilling || isSwapped], shape: []), new, old)
            if isFilling { count += 1 }
        }
        return shown.count == 1 ? shown[0] : concatenate(shown, axis: 0)
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        for slot in pictures.indices { body(path + "\(slot)", &pictures[slot], .buffer) }
    }
}
