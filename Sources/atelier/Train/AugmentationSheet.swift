import Datasets
import Imaging
import Networks
import Runs
import TensorCore
import Training

/// Real pictures beside what becomes of them before the discriminator sees them: a row each. First the
/// picture, then what `--augment` and `--crop random` make of it on the way in, then what
/// `--discriminator-augment` makes of that.
struct AugmentationSheet {
    /// Real pictures at most.
    private static let mostRows = 8
    /// Pictures on the way in, and as the discriminator sees them, beside each.
    private static let ways = 2, views = 4

    private let configuration: RunConfiguration
    private let dataset: PictureDataset
    private let key: RandomKey

    /// - Throws: A failure if nothing is done to pictures.
    init(_ configuration: RunConfiguration, _ dataset: PictureDataset) throws {
        self.configuration = configuration
        self.dataset = dataset
        key = RandomKey(seed: configuration.training.seed).folded("preview")
        guard configuration.discriminatorAugmentation != .none || changesOnTheWay else {
            throw Failure(
                "--preview-augmentation: nothing is done to these pictures; choose --augment (flip, "
                    + "crop, gentle) or --discriminator-augment (diffaugment, ada)")
        }
    }

    /// Whether pictures are changed on the way in.
    private var changesOnTheWay: Bool {
        !configuration.data.augmentation.isEmpty || configuration.data.pictures.crop == .random
    }

    /// Draws the sheet.
    ///
    /// - Returns: What was drawn, in a sentence.
    func write(to path: String) throws -> String {
        let indices = key.permutation(dataset.count).prefix(Self.mostRows)
        let reals = try indices.map { try dataset.usablePicture(at: $0).picture }
        var rows = reals.map { [$0] }
        var headings = ["real"]
        var seen = reals
        if changesOnTheWay {
            for way in 0..<Self.ways {
                let pictures = try indices.map { try onTheWay($0, way) }
                if way == 0 { seen = pictures }
                for (row, picture) in pictures.enumerated() { rows[row].append(picture) }
                headings.append("in \(way + 1)")
            }
        }
        let views = self.views
        for (row, pictures) in augmented(seen).enumerated() { rows[row] += pictures }
        headings += views.headings
        var grid = PictureGrid(
            columns: headings.count, padding: 4,
            scale: Self.scale(for: reals.map(\.width).max() ?? 1))
        grid.columnHeadings = headings
        grid.title = title
        try grid.checkSize(
            count: rows.count * headings.count, width: dataset.width, height: dataset.height,
            advice: "choose a smaller --size")
        var provenance = Provenance()
        provenance.command = Provenance.command(["atelier"] + CommandLine.arguments.dropFirst())
        try PNGFile.write(grid.compose(rows.flatMap { $0 }), to: path, text: provenance.texts)
        let way = changesOnTheWay ? ", on the way in" : ""
        let view = views.headings.isEmpty ? "" : ", as the discriminator sees it"
        return "\(path): \(rows.count) real pictures, a row each: the picture\(way)\(view)"
    }

    /// What is chosen, in the options' words.
    private var title: String {
        var parts: [String] = []
        if changesOnTheWay { parts.append("in: on the way in") }
        if configuration.discriminatorAugmentation != .none {
            parts.append(
                "D: seen by the discriminator, \(configuration.discriminatorAugmentation.rawValue)")
        }
        return parts.joined(separator: "; ")
    }

    /// A picture as a batch may have it.
    private func onTheWay(_ index: Int, _ way: Int) throws -> PixelBuffer {
        let key = key.folded("in").folded(UInt64(index)).folded(UInt64(way))
        let picture = try dataset.usablePicture(at: index, cropKey: key.folded("crop")).picture
        return configuration.data.augmentation.apply(to: picture, key: key)
    }

    /// What the discriminator's columns differ in: the probability where there is one, else the draw.
    private var views: (headings: [String], columns: DiscriminatorAugmentation.PreviewColumns) {
        guard configuration.discriminatorAugmentation == .ada else {
            let count = configuration.discriminatorAugmentation == .none ? 0 : Self.views
            return ((0..<count).map { "D \($0 + 1)" }, .draws(count, probability: 1))
        }
        // Up to the largest that this training can come to.
        let largest =
            switch configuration.training.augmentationProbability {
            case .scheduled(let schedule): schedule.largest
            case .adaptive(let control): control.limit
            }
        let values = (1...Self.views).map { largest * Double($0) / Double(Self.views) }
        return (
            values.map { "D p \(Readable.fixed($0, 2))" }, .probabilities(values.map { Float($0) })
        )
    }

    /// What the discriminator sees of each picture.
    private func augmented(_ pictures: [PixelBuffer]) -> [[PixelBuffer]] {
        let views = self.views
        guard !views.headings.isEmpty else { return pictures.map { _ in [] } }
        let (height, width, channels) = (
            dataset.height, dataset.width, dataset.format.channelCount
        )
        let bytes = Tensor(
            uint8: pictures.flatMap(\.bytes), shape: [pictures.count, height, width, channels])
        let sheet = configuration.discriminatorAugmentation.kind.preview(
            of: networkPictures(bytes), views.columns, key: key.folded("seen"))
        let made = bytePictures(sheet).uint8s()  // [R, 1 + columns, H, W, C]
        let (size, columns) = (height * width * channels, 1 + views.headings.count)
        return pictures.indices.map { row in
            (1..<columns).map { column in
                let start = (row * columns + column) * size
                return PixelBuffer(
                    width: width, height: height, format: dataset.format,
                    bytes: Array(made[start..<start + size]))
            }
        }
    }

    /// Small pictures are enlarged so far that the headings fit.
    private static func scale(for width: Int) -> Int {
        let wanted = BitmapFont.size(of: "D p 0.80").width
        return max(1, (wanted + width - 1) / width)
    }
}
