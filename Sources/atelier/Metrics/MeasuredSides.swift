import Datasets
import Glibc
import Imaging
import Metrics
import Networks
import Runs

/// The two sides of a measurement, opened: made pictures and real ones, of one shape.
struct MeasuredSides {
    /// The made pictures.
    let made: any MeasuredPictures
    /// The real ones.
    let real: DatasetPictures
    /// The network that makes the pictures; nil for a folder of them.
    let maker: PictureMaker?
    /// Where the real ones are.
    let dataPath: String
    /// Where the made ones are, or what makes them.
    private let madePath: String

    /// Pictures made of a run unless told otherwise.
    private static let usualSamples = 5000

    init(_ command: MetricsCommand) throws {
        if RunFolder.isRun(command.source) || command.source.hasSuffix(".safetensors") {
            if let size = command.size {
                throw Failure(
                    "--size \(size.defaultValueDescription): pictures are made as the network was "
                        + "trained to; leave --size out")
            }
            let maker = try PictureMaker.open(
                command.source, isRaw: command.raw, truncation: command.truncation,
                best: command.best, for: .figures)
            try self.init(command, maker: maker)
        } else {
            try self.init(folder: command)
        }
    }

    private init(_ command: MetricsCommand, maker: PictureMaker) throws {
        self.maker = maker
        madePath = maker.path
        let data = maker.configuration.data
        dataPath = command.data ?? data.path
        var prepared = data.pictures
        if prepared.crop == .random { prepared.crop = .centre }
        prepared.requiresLabels = false
        prepared.channels =
            switch maker.shape.channels {
            case 1: .grey
            case 4: .rgba
            default: .rgb
            }
        let source: any PictureSource
        do {
            source = try PictureSources.open(path: dataPath, options: .init(split: command.part))
        } catch {
            guard command.data == nil else { throw error }
            throw Failure("\(error); say where the real pictures are: --data FOLDER")
        }
        made = GeneratedPictures(
            maker: maker, firstSeed: command.seed, count: command.samples ?? Self.usualSamples)
        real = DatasetPictures(
            try PictureDataset(source, prepared, report: Self.warn), limit: command.reals)
    }

    private init(folder command: MetricsCommand) throws {
        for (option, isGiven) in [
            ("--raw", command.raw), ("--best", command.best),
            ("--truncation", command.truncation != 1), ("--path-length", command.pathLength),
        ] where isGiven {
            throw Failure(
                "\(option) needs a network that makes the pictures: \(command.source) is a folder "
                    + "of pictures, not a run or a checkpoint")
        }
        guard access(command.source, R_OK) == 0 else {
            throw Failure(
                "\(command.source): \(String(cString: strerror(errno)).lowercased()); check the path"
            )
        }
        guard let data = command.data else {
            throw Failure(
                "\(command.source): say which real pictures to compare with: --data FOLDER")
        }
        maker = nil
        (madePath, dataPath) = (command.source, data)
        let madeSource = try PictureSources.open(
            path: command.source, options: .init(split: command.part))
        let realSource = try PictureSources.open(path: data, options: .init(split: command.part))
        let size = try command.size ?? Self.commonSize(madeSource)
        let isGrey = [madeSource, realSource].allSatisfy { (source: any PictureSource) in
            (0..<source.count).allSatisfy { source.header(of: $0).format.channelCount <= 2 }
        }
        let prepared = PictureDatasetConfiguration(
            height: size.height, width: size.width, channels: isGrey ? .grey : .rgb)
        made = DatasetPictures(
            try PictureDataset(madeSource, prepared, report: Self.warn), limit: command.samples)
        real = DatasetPictures(
            try PictureDataset(realSource, prepared, report: Self.warn), limit: command.reals)
    }

    /// The size that all made pictures have.
    private static func commonSize(_ source: any PictureSource) throws -> PictureSize {
        let sizes = Set(
            (0..<source.count).map { place in
                let header = source.header(of: place)
                return PictureSize(width: header.width, height: header.height)
            })
        guard sizes.count == 1, let size = sizes.first else {
            throw Failure(
                "\(source.path): its pictures have \(sizes.count) different sizes; say which one to "
                    + "measure at: --size 64")
        }
        guard min(size.width, size.height) >= 8, max(size.width, size.height) <= 4096 else {
            throw Failure(
                "\(source.path): pictures of \(size.defaultValueDescription), expected sides of 8 to "
                    + "4096; bring them to another with --size")
        }
        return size
    }

    private static let warn: @Sendable (RefusedPicture) -> Void = { refused in
        Console.error("atelier: skipping \(refused.name): \(refused.reason)")
    }

    /// The made pictures, for the report.
    var madeRecord: MetricsReport.Pictures {
        MetricsReport.Pictures(
            path: madePath, count: made.count, shape: made.shape.description,
            digest: maker?.digest, step: maker?.step)
    }

    /// The real pictures, for the report.
    func realRecord(digest: String?) -> MetricsReport.Pictures {
        MetricsReport.Pictures(
            path: dataPath, count: real.count, shape: real.shape.description, digest: digest)
    }
}
