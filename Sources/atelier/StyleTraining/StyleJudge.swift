import Imaging
import Networks
import Stylization
import TensorCore

/// The network that judges a training of style transfer, and where it is from.
struct StyleJudge {
    let network: any StyleFeatureNetwork
    let file: StyleRunConfiguration.FeatureFile

    /// - Parameter path: A file of weights, or a folder of them; nil for Atelier's own.
    init(path: String?) throws {
        network = try StyleWeightFiles(path).features()
        file = try StyleRunConfiguration.FeatureFile(path: path, name: network.name)
    }

    /// What the options or the environment say, as an absolute path.
    static func path(_ option: String?) -> String? {
        (option ?? Environment.value("ATELIER_WEIGHTS")).map(TrainingJob.absolutePath)
    }

    /// The painting of a run of one style, `[1, H, W, 3]`, 0 ... 1, at the size that it is looked at.
    static func painting(
        _ data: StyleRunConfiguration.DataConfiguration, least: Int
    ) throws -> Tensor {
        let picture = try ImageFile.decode(contentsOf: data.paintings).pixels.converted(to: .rgb)
        if let digest = data.paintingDigest {
            let found = try NetworkFile.digest(of: data.paintings)
            guard found == digest else {
                throw Failure(
                    "\(data.paintings) is another picture than when the run began (\(digest.prefix(12)), "
                        + "now \(found.prefix(12))): put it back, or begin another run")
            }
        }
        let longest = max(picture.width, picture.height)
        let ratio = Double(data.paintingSide ?? longest) / Double(longest)
        func side(_ length: Int) -> Int { max(least, Int((Double(length) * ratio).rounded())) }
        return Tensor(
            picture: picture.resized(width: side(picture.width), height: side(picture.height)))
    }
}

/// The encoder of a training of any style, and where it is from.
struct StyleEncoderFile {
    let encoder: StyleEncoder
    let file: StyleRunConfiguration.FeatureFile

    /// - Parameter path: A file of weights, or a folder with one; nil for Atelier's own.
    init(path: String?) throws {
        encoder = try StyleWeightFiles(path).encoder()
        file = try StyleRunConfiguration.FeatureFile(path: path, name: "a perceptual encoder")
    }
}

extension StyleRunConfiguration.FeatureFile {
    /// A file's, with its digest.
    init(path: String?, name: String) throws {
        let isFile = path.map { !StyleWeightFiles.isFolder($0) } ?? false
        self.init(
            path: path, name: name, digest: isFile ? try path.map(NetworkFile.digest) : nil)
    }

    /// Refuses to go on with another network than the run began with.
    func check(_ began: StyleRunConfiguration.FeatureFile) throws {
        guard began.name == name, began.digest == digest else {
            func words(_ file: StyleRunConfiguration.FeatureFile) -> String {
                file.name + (file.digest.map { " (\($0.prefix(12)))" } ?? "")
            }
            throw Failure(
                "\(began.path ?? "Atelier's own network") was \(words(began)) when the run began, and "
                    + "is \(words(self)) now: put the file back, or begin another run")
        }
    }
}
