import TensorCore

// The blocks A to E and the stem: what they declare, and what they compute. Numbers after a name are
// channels in, channels out, kernel.

extension InceptionV3 {
    /// Every convolution of the network, in order.
    static var plans: [FoldedConvolution.Plan] {
        var list = ConvolutionPlans()
        list.add("Conv2d_1a_3x3", 3, 32, 3, stride: 2)
        list.add("Conv2d_2a_3x3", 32, 32, 3)
        list.add("Conv2d_2b_3x3", 32, 64, 3, padding: 1)
        list.add("Conv2d_3b_1x1", 64, 80)
        list.add("Conv2d_4a_3x3", 80, 192, 3)
        for (name, inputs, pooled) in [
            ("Mixed_5b", 192, 32), ("Mixed_5c", 256, 64), ("Mixed_5d", 288, 64),
        ] {
            declareA(name, inputs, pooled, &list)
        }
        declareB("Mixed_6a", &list)
        for (name, inner) in [
            ("Mixed_6b", 128), ("Mixed_6c", 160), ("Mixed_6d", 160), ("Mixed_6e", 192),
        ] {
            declareC(name, inner, &list)
        }
        declareD("Mixed_7a", &list)
        declareE("Mixed_7b", 1280, &list)
        declareE("Mixed_7c", 2048, &list)
        return list.plans
    }

    // MARK: Declarations

    private static func declareA(
        _ name: String, _ inputs: Int, _ pooled: Int, _ list: inout ConvolutionPlans
    ) {
        list.add("\(name).branch1x1", inputs, 64)
        list.add("\(name).branch5x5_1", inputs, 48)
        list.add("\(name).branch5x5_2", 48, 64, 5, padding: 2)
        list.add("\(name).branch3x3dbl_1", inputs, 64)
        list.add("\(name).branch3x3dbl_2", 64, 96, 3, padding: 1)
        list.add("\(name).branch3x3dbl_3", 96, 96, 3, padding: 1)
        list.add("\(name).branch_pool", inputs, pooled)
    }

    private static func declareB(_ name: String, _ list: inout ConvolutionPlans) {
        list.add("\(name).branch3x3", 288, 384, 3, stride: 2)
        list.add("\(name).branch3x3dbl_1", 288, 64)
        list.add("\(name).branch3x3dbl_2", 64, 96, 3, padding: 1)
        list.add("\(name).branch3x3dbl_3", 96, 96, 3, stride: 2)
    }

    private static func declareC(_ name: String, _ inner: Int, _ list: inout ConvolutionPlans) {
        list.add("\(name).branch1x1", 768, 192)
        list.add("\(name).branch7x7_1", 768, inner)
        list.addLine("\(name).branch7x7_2", inner, inner, width: 7)
        list.addLine("\(name).branch7x7_3", inner, 192, height: 7)
        list.add("\(name).branch7x7dbl_1", 768, inner)
        list.addLine("\(name).branch7x7dbl_2", inner, inner, height: 7)
        list.addLine("\(name).branch7x7dbl_3", inner, inner, width: 7)
        list.addLine("\(name).branch7x7dbl_4", inner, inner, height: 7)
        list.addLine("\(name).branch7x7dbl_5", inner, 192, width: 7)
        list.add("\(name).branch_pool", 768, 192)
    }

    private static func declareD(_ name: String, _ list: inout ConvolutionPlans) {
        list.add("\(name).branch3x3_1", 768, 192)
        list.add("\(name).branch3x3_2", 192, 320, 3, stride: 2)
        list.add("\(name).branch7x7x3_1", 768, 192)
        list.addLine("\(name).branch7x7x3_2", 192, 192, width: 7)
        list.addLine("\(name).branch7x7x3_3", 192, 192, height: 7)
        list.add("\(name).branch7x7x3_4", 192, 192, 3, stride: 2)
    }

    private static func declareE(_ name: String, _ inputs: Int, _ list: inout ConvolutionPlans) {
        list.add("\(name).branch1x1", inputs, 320)
        list.add("\(name).branch3x3_1", inputs, 384)
        list.addLine("\(name).branch3x3_2a", 384, 384, width: 3)
        list.addLine("\(name).branch3x3_2b", 384, 384, height: 3)
        list.add("\(name).branch3x3dbl_1", inputs, 448)
        list.add("\(name).branch3x3dbl_2", 448, 384, 3, padding: 1)
        list.addLine("\(name).branch3x3dbl_3a", 384, 384, width: 3)
        list.addLine("\(name).branch3x3dbl_3b", 384, 384, height: 3)
        list.add("\(name).branch_pool", inputs, 192)
    }

    // MARK: What they compute

    /// Convolutions one after the other.
    private func chain(_ x: Tensor, _ block: String, _ names: String...) -> Tensor {
        names.reduce(x) { self[block.isEmpty ? $1 : "\(block).\($1)"]($0) }
    }

    private static let halving = Pool2dParameters(kernel: 3, stride: 2)

    /// Down to an eighth of the side, 192 channels.
    func stem(_ x: Tensor) -> Tensor {
        var x = chain(x, "", "Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3")
        x = maxPool2d(x, Self.halving)
        return maxPool2d(chain(x, "", "Conv2d_3b_1x1", "Conv2d_4a_3x3"), Self.halving)
    }

    func blockA(_ x: Tensor, _ name: String) -> Tensor {
        concatenate(
            [
                chain(x, name, "branch1x1"), chain(x, name, "branch5x5_1", "branch5x5_2"),
                chain(x, name, "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"),
                self["\(name).branch_pool"].ofMeans(x),
            ], axis: 3)
    }

    func blockB(_ x: Tensor, _ name: String) -> Tensor {
        concatenate(
            [
                chain(x, name, "branch3x3"),
                chain(x, name, "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"),
                maxPool2d(x, Self.halving),
            ], axis: 3)
    }

    func blockC(_ x: Tensor, _ name: String) -> Tensor {
        concatenate(
            [
                chain(x, name, "branch1x1"),
                chain(x, name, "branch7x7_1", "branch7x7_2", "branch7x7_3"),
                chain(
                    x, name, "branch7x7dbl_1", "branch7x7dbl_2", "branch7x7dbl_3",
                    "branch7x7dbl_4", "branch7x7dbl_5"),
                self["\(name).branch_pool"].ofMeans(x),
            ], axis: 3)
    }

    func blockD(_ x: Tensor, _ name: String) -> Tensor {
        concatenate(
            [
                chain(x, name, "branch3x3_1", "branch3x3_2"),
                chain(
                    x, name, "branch7x7x3_1", "branch7x7x3_2", "branch7x7x3_3", "branch7x7x3_4"),
                maxPool2d(x, Self.halving),
            ], axis: 3)
    }

    /// - Parameter pooling: What the fourth branch takes of 3x3 neighbours: the TensorFlow graph has
    ///   means in the first of these blocks and maxima in the second.
    func blockE(_ x: Tensor, _ name: String, pooling: BlockEPooling) -> Tensor {
        let middle = chain(x, name, "branch3x3_1")
        let double = chain(x, name, "branch3x3dbl_1", "branch3x3dbl_2")
        let pool = self["\(name).branch_pool"]
        let pooled =
            switch pooling {
            case .mean: pool.ofMeans(x)
            case .maximum:
                pool(maxPool2d(x, Pool2dParameters(kernel: 3, stride: 1, padding: 1)))
            }
        return concatenate(
            [
                chain(x, name, "branch1x1"), chain(middle, name, "branch3x3_2a"),
                chain(middle, name, "branch3x3_2b"), chain(double, name, "branch3x3dbl_3a"),
                chain(double, name, "branch3x3dbl_3b"), pooled,
            ], axis: 3)
    }

    /// What a block E takes of 3x3 neighbours.
    enum BlockEPooling { case mean, maximum }
}
