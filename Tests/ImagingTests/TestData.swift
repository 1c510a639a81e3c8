import Files
import Glibc
import Imaging

/// Where pictures for tests are.
enum TestData {
    /// The folder of real data beside the package, or `$ATELIER_DATA`; `nil` where it is missing.
    static let folder: String? = {
        let named = getenv("ATELIER_DATA").map { String(cString: $0) }
        let path = named ?? packageRoot + "/../shared/data"
        return access(path, R_OK) == 0 ? path : nil
    }()

    /// Whether the real data are here.
    static var isHere: Bool { folder != nil }

    /// A committed fixture.
    static func fixture(_ name: String) -> String {
        packageRoot + "/Tests/ImagingTests/Fixtures/" + name
    }

    /// The bytes of a file.
    static func bytes(_ path: String) throws -> [UInt8] {
        try BoundedFile.read(path, limit: 1 << 28)
    }

    /// The paths of the files below a folder of the real data, sorted.
    static func files(below name: String) -> [String] {
        guard let folder else { return [] }
        var found: [String] = []
        var open = [folder + "/" + name]
        while let next = open.popLast() {
            guard let listing = opendir(next) else { continue }
            defer { closedir(listing) }
            while let entry = readdir(listing) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                guard !name.hasPrefix(".") else { continue }
                if entry.pointee.d_type == UInt8(DT_DIR) {
                    open.append(next + "/" + name)
                } else {
                    found.append(next + "/" + name)
                }
            }
        }
        return found.sorted()
    }

    /// The names in a folder.
    static func names(in folder: String) -> [String] {
        var names: [String] = []
        guard let listing = opendir(folder) else { return [] }
        defer { closedir(listing) }
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static let packageRoot = #filePath.split(separator: "/").dropLast(3)
        .reduce("") { $0 + "/" + $1 }
}

/// A folder that is removed with its files when the test ends.
final class ScratchFolder {
    let path: String

    init() {
        var template = Array("/tmp/imaging-test-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress, let made = mkdtemp(base) else {
                fatalError("cannot make a scratch folder")
            }
            return String(cString: made)
        }
    }

    deinit {
        chmod(path, 0o700)
        for name in TestData.names(in: path) { unlink(path + "/" + name) }
        rmdir(path)
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): repeatable numbers for tests.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}

extension PixelBuffer {
    /// Random bytes.
    static func noise(_ width: Int, _ height: Int, _ format: PixelFormat, seed: UInt64) -> Self {
        var generator = SeededGenerator(seed)
        let count = width * height * format.channelCount
        return PixelBuffer(
            width: width, height: height, format: format,
            bytes: (0..<count).map { _ in .random(in: 0...255, using: &generator) })
    }

    /// A smooth picture, kind to lossy coding.
    static func ramp(_ width: Int, _ height: Int, _ format: PixelFormat) -> Self {
        var bytes: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<format.channelCount {
                    bytes.append(UInt8((x * (3 + channel) + y * (5 - channel)) * 2 % 256 / 2 + 64))
                }
            }
        }
        return PixelBuffer(width: width, height: height, format: format, bytes: bytes)
    }
}

/// The largest difference between two pictures; 999 if they differ in shape.
func largestDifference(_ a: PixelBuffer, _ b: PixelBuffer) -> Int {
    guard a.width == b.width, a.height == b.height, a.format == b.format else { return 999 }
    return zip(a.bytes, b.bytes).map { abs(Int($0) - Int($1)) }.max() ?? 0
}
