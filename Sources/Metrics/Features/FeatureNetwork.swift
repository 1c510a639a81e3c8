public import Networks
public import TensorCore

/// A network whose features are compared in place of pictures.
public protocol FeatureNetwork: Sendable {
    /// Exactly what the features are, to be printed beside every number that was got with them:
    /// `squeezenet1.0 pool`.
    var name: String { get }
    /// Features of a picture.
    var featureCount: Int { get }
    /// Classes that it tells apart; nil for a network without classes.
    var logitCount: Int? { get }
    /// How many pictures it judges at a time.
    var chunkSize: Int { get }
    /// Features `[N, featureCount]` and logits `[N, logitCount]` of pictures `[N, H, W, C]` with 1 to 4
    /// channels (grey, grey and alpha, RGB, RGBA; transparency is passed over), uint8, or float32 of
    /// 0 ... 255 that was not rounded. Nothing is evaluated yet.
    func outputs(_ pictures: Tensor) -> (features: Tensor, logits: Tensor?)
}

/// What a network says of pictures.
public struct ExtractedFeatures: Sendable, Hashable {
    /// How many pictures there are.
    public var count: Int
    /// Features of a picture.
    public var featureCount: Int
    /// `[count, featureCount]`, row-major.
    public var features: [Float]
    /// `[count, logitCount]`, row-major; nil from a network without classes.
    public var logits: [Float]?

    /// What a network says of `count` pictures.
    public init(count: Int, featureCount: Int, features: [Float], logits: [Float]? = nil) {
        precondition(
            count >= 0 && features.count == count * featureCount,
            "[ExtractedFeatures] expected \(count) rows of \(featureCount) features, got "
                + "\(features.count) numbers")
        self.count = count
        self.featureCount = featureCount
        self.features = features
        self.logits = logits
    }

    /// The class of each picture that the network takes it for; nil from a network without classes.
    public var classes: [Int]? {
        guard let logits, count > 0 else { return logits.map { _ in [] } }
        let width = logits.count / count
        return (0..<count).map { picture in
            let row = logits[(picture * width)..<((picture + 1) * width)]
            return row.indices.reduce(row.startIndex) { row[$1] > row[$0] ? $1 : $0 }
                - row.startIndex
        }
    }
}

extension FeatureNetwork {
    /// What the network says of any number of pictures, a chunk at a time, by one plan.
    ///
    /// - Parameters:
    ///   - pictures: `[N, H, W, C]`, row-major, 0 ... 255.
    ///   - shape: Height, width and channels of a picture.
    ///   - report: Called after each chunk with how many pictures are done; answers whether to go on.
    /// - Returns: One row a picture, in order; fewer rows if `report` said stop.
    public func features(
        of pictures: [UInt8], shape: PictureShape, report: (Int) -> Bool = { _ in true }
    ) -> ExtractedFeatures {
        let chunks = PictureChunks(pictures, shape: shape, size: chunkSize)
        var result = ExtractedFeatures(
            count: 0, featureCount: featureCount, features: [], logits: logitCount.map { _ in [] })
        result.features.reserveCapacity(chunks.count * featureCount)
        for chunk in chunks {
            let made = outputs(chunk.pictures)
            evaluate([made.features] + (made.logits.map { [$0] } ?? []))
            let count = chunk.range.count
            result.features += made.features.floats().prefix(count * featureCount)
            if let logits = made.logits, let width = logitCount {
                result.logits? += logits.floats().prefix(count * width)
            }
            result.count += count
            if !report(result.count) { break }
        }
        return result
    }

    /// Features `[N, F]` and logits of uint8 pictures `[N, H, W, C]` of any number.
    public func features(_ pictures: Tensor) -> ExtractedFeatures {
        precondition(
            pictures.rank == 4 && pictures.dtype == .uint8,
            "[FeatureNetwork.features] expected uint8 pictures [N, H, W, C], got \(pictures)")
        let shape = PictureShape(
            height: pictures.shape[1], width: pictures.shape[2], channels: pictures.shape[3])
        return features(of: pictures.uint8s(), shape: shape)
    }
}

/// How bytes become what a network takes.
enum PicturePreparation {
    /// Float pictures `[N, H, W, 3]`, 0 ... 255: grey is repeated, transparency passed over.
    static func rgb(_ pictures: Tensor) -> Tensor {
        check(pictures)
        let x = pictures.cast(to: .float32)
        if x.shape[3] >= 3 { return x.shape[3] == 3 ? x : x.sliced(axis: 3, 0..<3) }
        return x.sliced(axis: 3, 0..<1).broadcast(to: Array(x.shape.dropLast()) + [3])
    }

    /// Float pictures `[N, H, W, 1]`, 0 ... 255: luminance by the weights of Rec. 601.
    static func grey(_ pictures: Tensor) -> Tensor {
        check(pictures)
        let x = pictures.cast(to: .float32)
        if x.shape[3] < 3 { return x.sliced(axis: 3, 0..<1) }
        let weights = Tensor([0.299, 0.587, 0.114], shape: [1, 1, 1, 3])
        return (x.sliced(axis: 3, 0..<3) * weights).sum(axes: [3], keepingDimensions: true)
    }

    private static func check(_ pictures: Tensor) {
        precondition(
            pictures.rank == 4 && [.uint8, .float32].contains(pictures.dtype)
                && (1...4).contains(pictures.shape[3]),
            "[FeatureNetwork] expected uint8 or float32 pictures [N, H, W, 1 to 4], got \(pictures)"
        )
    }
}
