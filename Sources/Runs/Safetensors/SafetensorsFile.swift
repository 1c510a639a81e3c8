import Imaging

/// A safetensors file, mapped into memory (https://huggingface.co/docs/safetensors, the format: 8
/// bytes of header length, a JSON header, the tensors' bytes).
///
/// The file is not trusted: the header is bounded before it is read, and every offset is checked
/// before anything is handed out. Types that Atelier does not compute in are converted when asked
/// for: F16 and F64 to float32, I64 and other integers to int32.
public struct SafetensorsFile: Sendable {
    /// The largest header that is read, in bytes (as in the reference implementation).
    public static let maximumHeaderByteCount = 100_000_000

    /// Where the file was opened.
    public let path: String
    /// Every tensor, in the order of its bytes in the file.
    public let entries: [SafetensorsEntry]
    /// The strings of `__metadata__`.
    public let metadata: [String: String]

    let mapping: MappedFile
    let dataOffset: Int
    private let indices: [String: Int]

    /// Opens and checks the file at `path`; its tensors are read when asked for.
    public init(path: String) throws(SafetensorsError) {
        self.path = path
        do { mapping = try MappedFile(path: path) } catch {
            throw SafetensorsError(path: path, defect: .inaccessible(error))
        }
        let size = mapping.count
        guard size >= 8 else {
            throw SafetensorsError(path: path, defect: .tooShort(byteCount: size))
        }
        let claimed = UInt64(littleEndian: mapping.bytes.loadUnaligned(as: UInt64.self))
        guard claimed <= UInt64(Self.maximumHeaderByteCount) else {
            throw SafetensorsError(
                path: path,
                defect: .headerTooLarge(byteCount: claimed, limit: Self.maximumHeaderByteCount))
        }
        guard claimed <= UInt64(size - 8) else {
            throw SafetensorsError(
                path: path, defect: .headerPastEnd(byteCount: claimed, fileByteCount: size))
        }
        dataOffset = 8 + Int(claimed)
        let header = try SafetensorsHeader(
            json: UnsafeRawBufferPointer(rebasing: mapping.bytes[8..<dataOffset]),
            dataByteCount: size - dataOffset, path: path)
        entries = header.entries
        metadata = header.metadata
        indices = Dictionary(
            uniqueKeysWithValues: header.entries.enumerated().map { ($1.name, $0) })
    }

    /// The tensors' names, in the order of their bytes in the file.
    public var names: [String] { entries.map(\.name) }

    /// What the file says of a tensor; nil where it has none of that name.
    public func entry(named name: String) -> SafetensorsEntry? { indices[name].map { entries[$0] } }

    /// The tensor of that name. Its bytes are the mapped file's own where no conversion is needed.
    public func tensor(named name: String) throws(SafetensorsError) -> StoredTensor {
        guard let entry = entry(named: name) else {
            throw SafetensorsError(
                path: path, defect: .noSuchTensor(name: name, near: nearNames(to: name)))
        }
        return try tensor(entry)
    }

    /// All tensors, in the order of their bytes in the file.
    public func tensors() throws(SafetensorsError) -> [StoredTensor] {
        var all: [StoredTensor] = []
        for entry in entries { all.append(try tensor(entry)) }
        return all
    }

    private func tensor(_ entry: SafetensorsEntry) throws(SafetensorsError) -> StoredTensor {
        let start = dataOffset + entry.range.lowerBound
        let bytes = UnsafeRawBufferPointer(
            rebasing: mapping.bytes[start..<start + entry.range.count])
        switch ElementConversion.convert(bytes, of: entry.type, owner: mapping) {
        case .success(let (dtype, bytes)):
            return StoredTensor(name: entry.name, dtype: dtype, shape: entry.shape, bytes: bytes)
        case .failure(let problem):
            throw SafetensorsError(
                path: path, defect: .unconvertible(tensor: entry.name, reason: problem.reason))
        }
    }

    /// Up to three names that share the last part, or else the longest beginning.
    private func nearNames(to name: String) -> [String] {
        let last = name.split(separator: ".").last.map { "." + $0 } ?? name
        let sameEnd = names.filter { $0.hasSuffix(last) }
        return Array(
            (sameEnd.isEmpty ? names : sameEnd)
                .map { (Self.commonPrefixCount($0, name), $0) }
                .sorted { ($1.0, $0.1) < ($0.0, $1.1) }
                .prefix(3).map(\.1))
    }

    private static func commonPrefixCount(_ a: String, _ b: String) -> Int {
        zip(a.utf8, b.utf8).prefix { $0 == $1 }.count
    }
}
