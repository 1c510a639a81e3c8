/// The workloads that are known, by the names that the peer's benchmark gives them.
public enum WorkloadKind: String, CaseIterable, Sendable {
    case dcgan, wgangp, r1, pix2pix, cyclegan, faststyle, gatys, resnet18, ring

    /// What a step is, in a line.
    public var summary: String {
        switch self {
        case .dcgan: "a training step of DCGAN: D on real, D on made pictures, G"
        case .wgangp: "a critic step with gradient penalty (double backward), and a G step"
        case .r1: "a training step of a residual GAN (3x3 convolutions) with R1"
        case .pix2pix: "a training step of U-Net and PatchGAN"
        case .cyclegan: "a picture through the 9-block residual generator"
        case .faststyle: "a picture through the style transform network"
        case .gatys: "an iteration of style transfer by optimisation on VGG-19"
        case .resnet18: "an SGD step of the CIFAR ResNet-18"
        case .ring: "a training step of a perceptron GAN on 8 Gaussians: overhead"
        }
    }

    /// The sizes unless others are asked for.
    public var defaults: WorkloadSizes {
        switch self {
        case .dcgan: WorkloadSizes(batch: 64, size: 64, width: 64)
        case .wgangp, .r1: WorkloadSizes(batch: 64, size: 32, width: 64)
        case .pix2pix, .cyclegan, .gatys: WorkloadSizes(batch: 1, size: 256, width: 64)
        case .faststyle: WorkloadSizes(batch: 1, size: 512, width: 32)
        case .resnet18: WorkloadSizes(batch: 128, size: 32, width: 64)
        case .ring: WorkloadSizes(batch: 512, size: 2, width: 128)
        }
    }

    /// Why the workload cannot have such sizes, in words that name the option; nil if it can.
    public func problem(with sizes: WorkloadSizes) -> String? {
        if !(1...4096).contains(sizes.batch) {
            return "--batch \(sizes.batch): expected 1 to 4096"
        }
        if self == .gatys && sizes.batch != 1 {
            return "--batch \(sizes.batch): gatys works on one picture, expected 1"
        }
        if !(1...1024).contains(sizes.width) {
            return "--width \(sizes.width): expected 1 to 1024"
        }
        return sizeProblem(sizes)
    }

    private func sizeProblem(_ sizes: WorkloadSizes) -> String? {
        let side = sizes.size
        let isPowerOfTwo = side > 0 && side & (side - 1) == 0
        let expected: String?
        switch self {
        case .dcgan, .wgangp, .r1:
            expected =
                isPowerOfTwo && (16...256).contains(side) ? nil : "a power of two from 16 to 256"
        case .pix2pix:
            expected =
                isPowerOfTwo && (32...1024).contains(side) ? nil
                : "a power of two from 32 to 1024 (the U-Net halves the picture down to one pixel)"
        case .cyclegan, .faststyle:
            expected =
                side % 4 == 0 && (16...2048).contains(side) ? nil : "a multiple of 4 from 16 to 2048"
        case .gatys:
            expected =
                side % 16 == 0 && (16...2048).contains(side) ? nil : "a multiple of 16 from 16 to 2048"
        case .resnet18:
            let least = sizes.batch == 1 ? 16 : 8
            expected =
                side % 8 == 0 && (least...512).contains(side) ? nil
                : "a multiple of 8 from \(least) to 512"
        case .ring:
            expected = side == 2 ? nil : "2 (the coordinates of a point): leave --size out"
        }
        return expected.map { "--size \(side): \(rawValue) takes \($0)" }
    }

    /// The workload, with fresh weights, which are computed now.
    public func make(_ sizes: WorkloadSizes) -> any Workload {
        if let problem = problem(with: sizes) {
            preconditionFailure("[WorkloadKind] \(problem)")
        }
        switch self {
        case .dcgan: return DCGANWorkload(sizes: sizes)
        case .wgangp: return WGANGPWorkload(sizes: sizes)
        case .r1: return R1Workload(sizes: sizes)
        case .pix2pix: return Pix2PixWorkload(sizes: sizes)
        case .cyclegan: return CycleGANWorkload(sizes: sizes)
        case .faststyle: return FastStyleWorkload(sizes: sizes)
        case .gatys: return GatysWorkload(sizes: sizes)
        case .resnet18: return ResNet18Workload(sizes: sizes)
        case .ring: return RingWorkload(sizes: sizes)
        }
    }
}
