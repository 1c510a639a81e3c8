#if canImport(Glibc)
import Glibc
#endif

/// The four sizes of text.
package enum FontRole: Int32, Sendable, CaseIterable {
    /// Axis numbers, labels of figures.
    case small = 0
    /// Everything else.
    case body = 1
    /// Buttons and figures.
    case strong = 2
    /// The run's name.
    case title = 3

    /// Its size in points.
    package var size: Float {
        switch self {
        case .small: 12
        case .body: 14
        case .strong: 14
        case .title: 18
        }
    }

    var isBold: Bool { self == .strong || self == .title }
}

/// Finds a font on this machine. Where there is none, the window uses the one in ImGui.
package enum FontLibrary {
    /// A face in two weights.
    package struct Family: Sendable {
        /// The files, regular and bold.
        package var regular, bold: [UInt8]
    }

    /// Names a font file to use instead of what is found; a bold one may follow after a colon.
    package static let environmentName = "ATELIER_FONT"

    static let folders = ["/usr/share/fonts", "/usr/local/share/fonts"]
    /// In order of preference; the sizes were chosen by eye for the first two.
    static let candidates: [(regular: String, bold: String)] = [
        ("opentype/inter/Inter-Regular.otf", "opentype/inter/Inter-SemiBold.otf"),
        ("truetype/dejavu/DejaVuSans.ttf", "truetype/dejavu/DejaVuSans-Bold.ttf"),
        ("dejavu-sans-fonts/DejaVuSans.ttf", "dejavu-sans-fonts/DejaVuSans-Bold.ttf"),
        ("TTF/DejaVuSans.ttf", "TTF/DejaVuSans-Bold.ttf"),
        (
            "truetype/liberation2/LiberationSans-Regular.ttf",
            "truetype/liberation2/LiberationSans-Bold.ttf"
        ),
        (
            "truetype/liberation/LiberationSans-Regular.ttf",
            "truetype/liberation/LiberationSans-Bold.ttf"
        ),
        (
            "truetype/roboto/unhinted/RobotoTTF/Roboto-Regular.ttf",
            "truetype/roboto/unhinted/RobotoTTF/Roboto-Medium.ttf"
        ),
        ("truetype/noto/NotoSans-Regular.ttf", "truetype/noto/NotoSans-SemiBold.ttf"),
        ("truetype/open-sans/OpenSans-Regular.ttf", "truetype/open-sans/OpenSans-Semibold.ttf"),
    ]

    /// The best face of this machine, or nil.
    package static func find() -> Family? {
        if let setting = getenv(environmentName).map({ String(cString: $0) }), !setting.isEmpty {
            let paths = setting.split(separator: ":").map(String.init)
            if let regular = read(paths[0]) {
                let bold = paths.count > 1 ? read(paths[1]) : nil
                return Family(regular: regular, bold: bold ?? regular)
            }
        }
        for candidate in candidates {
            for folder in folders {
                guard let regular = read("\(folder)/\(candidate.regular)") else { continue }
                return Family(
                    regular: regular, bold: read("\(folder)/\(candidate.bold)") ?? regular)
            }
        }
        return nil
    }

    /// A whole file of at most 32 MiB, or nil.
    private static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        guard fseek(file, 0, SEEK_END) == 0 else { return nil }
        let size = ftell(file)
        guard size > 0, size <= 32 << 20 else { return nil }
        rewind(file)
        var bytes = [UInt8](repeating: 0, count: size)
        let count = fread(&bytes, 1, size, file)
        return count == size ? bytes : nil
    }
}
