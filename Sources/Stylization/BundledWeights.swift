import Foundation

/// The networks that come with the program.
///
/// They lie in a folder of resources that the build puts beside the program. SwiftPM's own way to it ends
/// the process where that folder was not copied along, so it is looked for here.
public enum BundledWeights: String, Sendable, Hashable, CaseIterable {
    /// A perceptual network: what `atelier train features` writes.
    case features
    /// A network for any style: what `atelier train adain` writes.
    case arbitrary

    /// The name of the file.
    public var fileName: String { rawValue + ".safetensors" }

    /// How the names of the folders end that SwiftPM puts beside the program, after the package's name.
    static let folderEnding = "_Stylization.resources"

    /// Where the file is.
    ///
    /// - Throws: ``BundledWeightsError`` where the resources were not copied along with the program, or
    ///   it was built without this file.
    public func path() throws(BundledWeightsError) -> String {
        try path(beside: Self.programFolder)
    }

    /// Where the file is, for a program in a folder.
    package func path(beside folder: String) throws(BundledWeightsError) -> String {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        let bundles = names.filter { $0.hasSuffix(Self.folderEnding) }
        guard !bundles.isEmpty else { throw .noResources(programFolder: folder) }
        for bundle in bundles {
            let path = folder + "/" + bundle + "/Weights/" + fileName
            if FileManager.default.fileExists(atPath: path) { return path }
        }
        throw .notInThisBuild(file: fileName)
    }

    /// The folder of the running program, links resolved.
    private static var programFolder: String {
        let link = "/proc/self/exe"
        let program =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: link))
            ?? Bundle.main.executablePath ?? CommandLine.arguments[0]
        return (program as NSString).deletingLastPathComponent
    }
}

/// Why the program has no networks of its own.
public enum BundledWeightsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The folder of resources is not beside the program.
    case noResources(programFolder: String)
    /// The program was built without the file.
    case notInThisBuild(file: String)

    /// One line: what is missing and what to do.
    public var description: String {
        switch self {
        case .noResources(let folder):
            "\(folder): the program's own networks are not here: copy the folder "
                + "Atelier\(BundledWeights.folderEnding), which the build puts beside the program "
                + "(.build/release), along with it; or name networks with --weights"
        case .notInThisBuild(let file):
            "there are no weights of its own in this build (\(file)): name networks with --weights "
                + "and, for those of others, --method; 'atelier help stylize' says which"
        }
    }
}
