import Glibc
import Imaging
import Networks
import TensorCore
import Training

/// A DCGAN as the peers' benchmark builds it.
struct DCGANBench {
    let batch: Int
    let size: Int
    let width: Int
    let precision: ComputePrecision

    private var networks: DCGANConfiguration {
        DCGANConfiguration(
            picture: PictureShape(height: size, width: size, channels: 3), width: width)
    }

    /// The milliseconds of training steps.
    func train(warmup: Int, steps: Int, whenWarm: () -> Void) throws -> [Double] {
        var training = AdversarialConfiguration()
        training.batchSize = batch
        training.precision = precision
        let key = RandomKey(seed: 0)
        let state = AdversarialState(
            generator: DCGANGenerator(networks, key: key.folded("generator")),
            discriminator: DCGANDiscriminator(networks, key: key.folded("discriminator")),
            configuration: training)
        evaluate(state.namedTensors().map(\.tensor))
        var trainer = AdversarialTrainer(state: state, configuration: training)
        let pictures = Tensor.uniform([batch, size, size, 3], key: key.folded("pictures")) * 255
        let real = pictures.cast(to: .uint8)
        evaluate(real)
        var milliseconds: [Double] = []
        for index in 0..<(warmup + steps) {
            if index == warmup { whenWarm() }
            let report = try trainer.step(TrainingBatch(pictures: real, position: 0))
            if index >= warmup { milliseconds.append(report.seconds * 1000) }
        }
        return milliseconds
    }

    /// Makes pictures with a fresh generator, and writes them as a grid.
    func sample(to path: String) throws {
        var generator = DCGANGenerator(networks, key: RandomKey(seed: 0))
        let latents = Tensor.normal([batch, generator.latentSize], key: RandomKey(seed: 1))
        let made = bytePictures(generator(latents, training: false)).uint8s()
        let bytes = size * size * 3
        let pictures = (0..<batch).map { index in
            PixelBuffer(
                width: size, height: size, format: .rgb,
                bytes: Array(made[(index * bytes)..<((index + 1) * bytes)]))
        }
        try PNGFile.write(PictureGrid(padding: 0).compose(pictures), to: path)
        unlink(path)
    }
}
