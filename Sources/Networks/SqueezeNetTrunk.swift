public import TensorCore

// Iandola, Han, Moskewicz, Ashraf, Dally and Keutzer 2016, "SqueezeNet", https://arxiv.org/abs/1602.07360.
//
// Tensors carry torchvision's names (`features.3.squeeze.weight`, ...) or those of the authors' Caffe
// network (`fire2/squeeze1x1.weight`, ...).

/// The convolutional layers of SqueezeNet 1.0 or 1.1, for the features that style transfer compares.
public struct SqueezeNetTrunk: Sendable {
    /// Which of the authors' two networks.
    public enum Version: String, Sendable, Hashable, CaseIterable {
        /// 7x7 first, 96 channels; poolings before the fire modules 2, 5 and 9.
        case original = "1.0"
        /// 3x3 first, 64 channels; poolings before the fire modules 2, 4 and 6.
        case revised = "1.1"

        /// The fire modules that a pooling stands before.
        var pooled: Set<Int> { self == .original ? [2, 5, 9] : [2, 4, 6] }
        /// Channels and side of the first kernel.
        var first: (channels: Int, kernel: Int) { self == .original ? (96, 7) : (64, 3) }
    }

    /// Whose names the weights carry, and so what pictures the network was trained with.
    public enum Convention: String, Sendable, Hashable {
        /// RGB, less `(0.485, 0.456, 0.406)`, divided by `(0.229, 0.224, 0.225)`.
        case torchvision
        /// BGR, 0 ... 255, less `(104, 117, 123)`.
        case caffe
    }

    private struct Fire: Sendable {
        let number: Int
        let squeeze: FixedConvolution
        let small: FixedConvolution
        let large: FixedConvolution

        func callAsFunction(_ x: Tensor) -> Tensor {
            let squeezed = squeeze(x).relu()
            return concatenate([small(squeezed).relu(), large(squeezed).relu()], axis: 3)
        }
    }

    /// Squeezed channels, and channels of each of the two expansions, of the modules 2 to 9.
    private static let widths: [(squeezed: Int, expanded: Int)] = [
        (16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256),
    ]
    /// The least side that leaves a pixel at the end.
    public static let leastSide = 29

    /// Which of the two networks.
    public let version: Version
    /// What pictures it was trained with.
    public let convention: Convention
    private let first: FixedConvolution
    private let fires: [Fire]

    /// A network with the weights of a table; the version and whose names they are, the table says.
    ///
    /// - Throws: `WeightError` that lists what is missing or of another shape.
    public init(_ table: WeightTable) throws(WeightError) {
        let convention: Convention =
            table.shape(of: "conv1.weight") == nil ? .torchvision : .caffe
        let name = convention == .caffe ? "conv1" : "features.0"
        let version: Version =
            table.shape(of: name + ".weight")?.last == 3 ? .revised : .original
        try table.check(
            "SqueezeNet \(version.rawValue)", needs: Self.needs(version, convention))
        self.version = version
        self.convention = convention
        first = FixedConvolution(table, name, stride: 2, edge: .nothing)
        fires = (2...9).map { number in
            let names = Self.layerNames(of: number, version, convention)
            return Fire(
                number: number, squeeze: FixedConvolution(table, names[0], edge: .zeros),
                small: FixedConvolution(table, names[1], edge: .zeros),
                large: FixedConvolution(table, names[2], edge: .zeros))
        }
        evaluate(
            [first.weight]
                + fires.flatMap { [$0.squeeze.weight, $0.small.weight, $0.large.weight] })
    }

    /// The names of the activations, first to last: `conv1`, `fire2`, ..., `fire9`.
    public static let places = ["conv1"] + (2...9).map { "fire\($0)" }

    /// The name and shape of every tensor that the weights must have.
    public static func needs(
        _ version: Version, _ convention: Convention
    ) -> [(name: String, shape: [Int])] {
        var list: [(name: String, shape: [Int])] = []
        func add(_ name: String, _ shape: [Int]) {
            list += [(name + ".weight", shape), (name + ".bias", [shape[0]])]
        }
        let (channels, kernel) = version.first
        add(convention == .caffe ? "conv1" : "features.0", [channels, 3, kernel, kernel])
        var inputs = channels
        for (index, width) in widths.enumerated() {
            let names = layerNames(of: index + 2, version, convention)
            add(names[0], [width.squeezed, inputs, 1, 1])
            add(names[1], [width.expanded, width.squeezed, 1, 1])
            add(names[2], [width.expanded, width.squeezed, 3, 3])
            inputs = 2 * width.expanded
        }
        return list
    }

    /// The names of a fire module's three convolutions.
    private static func layerNames(
        of number: Int, _ version: Version, _ convention: Convention
    ) -> [String] {
        if convention == .caffe {
            return ["squeeze1x1", "expand1x1", "expand3x3"].map { "fire\(number)/\($0)" }
        }
        // In a sequence of layers: the convolution, its ReLU, then modules with poolings between.
        let place = number + version.pooled.filter { $0 <= number }.count
        return ["squeeze", "expand1x1", "expand3x3"].map { "features.\(place).\($0)" }
    }

    /// The activations asked for, `[N, H', W', C]` each, in the order asked for.
    ///
    /// - Parameters:
    ///   - pictures: `[N, H, W, 3]`, RGB, 0 ... 1, with sides of 29 or more.
    ///   - names: Of ``places``.
    public func callAsFunction(_ pictures: Tensor, at names: [String]) -> [Tensor] {
        precondition(
            pictures.rank == 4 && pictures.shape[3] == 3
                && min(pictures.shape[1], pictures.shape[2]) >= Self.leastSide,
            "[SqueezeNetTrunk] expected pictures [N, H, W, 3] with sides of \(Self.leastSide) or "
                + "more, got \(pictures.shape)")
        var x = first(prepared(pictures)).relu()
        var found = ["conv1": x]
        for fire in fires {
            if version.pooled.contains(fire.number) { x = Self.halved(x) }
            x = fire(x)
            found["fire\(fire.number)"] = x
            if names.allSatisfy({ found[$0] != nil }) { break }
        }
        return names.map { name in
            guard let tensor = found[name] else {
                preconditionFailure(
                    "[SqueezeNetTrunk] expected one of \(Self.places), got \(name)")
            }
            return tensor
        }
    }

    private func prepared(_ pictures: Tensor) -> Tensor {
        switch convention {
        case .torchvision:
            (pictures - Tensor([0.485, 0.456, 0.406], shape: [1, 1, 1, 3]))
                / Tensor([0.229, 0.224, 0.225], shape: [1, 1, 1, 3])
        case .caffe:
            pictures.reversed(axes: [3]) * 255 - Tensor([104, 117, 123], shape: [1, 1, 1, 3])
        }
    }

    /// The largest of 3x3 in steps of two, where a window may hang over the end (ceil mode).
    private static func halved(_ x: Tensor) -> Tensor {
        var window = Pool2dParameters(kernel: 3, stride: 2)
        window.paddingBottom = (x.shape[1] - 3) % 2
        window.paddingRight = (x.shape[2] - 3) % 2
        return maxPool2d(x, window)
    }
}
