import ArgumentParser

/// A size on the command line: `64`, or `96x64` (width x height).
struct PictureSize: ExpressibleByArgument, Hashable {
    var width: Int
    var height: Int

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    init?(argument: String) {
        let parts = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let width = Int(parts[0]),
            let height = Int(parts[parts.count - 1]),
            (1...4096).contains(width), (1...4096).contains(height)
        else { return nil }
        self.width = width
        self.height = height
    }

    var defaultValueDescription: String { width == height ? "\(width)" : "\(width)x\(height)" }
}
