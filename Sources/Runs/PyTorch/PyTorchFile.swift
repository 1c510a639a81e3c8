import Files
import TensorCore

/// The tensors of a `.pth` or `.pt` file that `torch.save(model.state_dict(), ...)` wrote, in today's
/// format (a ZIP archive) or the one before 2020.
///
/// Such a file is a pickle, a program for Python; this reader executes nothing of it. It takes the
/// opcodes of data, and of the functions that a pickle may name, those that rebuild tensors; objects of
/// other classes are passed over. The file is not trusted: every offset is checked before memory is
/// asked for.
public struct PyTorchFile: Sendable {
    /// Where the file was opened.
    public let path: String
    /// The tensors' names, sorted. Those of nested dictionaries are joined by dots; a `state_dict`
    /// within the file is taken alone.
    public let names: [String]

    private let mapping: MappedFile
    private let entries: [String: PyTorchEntry]

    /// Opens and checks the file; its tensors are read when asked for.
    ///
    /// - Throws: `PyTorchFileError` if it cannot be read, is damaged, or has no tensors.
    public init(path: String) throws(PyTorchFileError) {
        self.path = path
        func refuse(_ defect: PyTorchFileError.Defect) -> PyTorchFileError {
            PyTorchFileError(path: path, defect: defect)
        }
        do { mapping = try MappedFile(path: path) } catch { throw refuse(.inaccessible(error)) }
        let bytes = mapping.bytes
        let root: PickleValue
        let storages: [String: Range<Int>]
        do throws(PyTorchFileError.Failure) {
            if bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) {
                (root, storages) = try Self.archive(bytes)
            } else if bytes.count > 2, bytes[0] == 0x80 {
                (root, storages) = try Self.sequence(bytes)
            } else {
                throw .init(defect: .unknownFormat)
            }
        } catch { throw refuse(error.defect) }
        let found = root.stateDictionary.tensors()
        guard !found.isEmpty else { throw refuse(.noTensors) }
        var entries: [String: PyTorchEntry] = [:]
        for (name, tensor) in found {
            do throws(PyTorchEntry.Problem) {
                entries[name] = try PyTorchEntry(tensor, storages)
            } catch { throw refuse(.damagedTensor(name: name, reason: error.reason)) }
        }
        self.entries = entries
        names = entries.keys.sorted()
    }

    /// The tensor of a name, in row-major order; nil where there is none. F16 and F64 come as float32,
    /// wide integers as int32.
    ///
    /// - Throws: `PyTorchFileError` if its elements cannot be converted.
    public func tensor(named name: String) throws(PyTorchFileError) -> StoredTensor? {
        guard let entry = entries[name] else { return nil }
        let storage = UnsafeRawBufferPointer(rebasing: mapping.bytes[entry.bytes])
        let converted: Result<(DType, StoredBytes), ElementConversion.Problem>
        if entry.isRowMajor {
            let width = entry.type.byteCount
            let start = entry.offset * width
            let count = entry.shape.reduce(1, *) * width
            converted = ElementConversion.convert(
                UnsafeRawBufferPointer(rebasing: storage[start..<start + count]), of: entry.type,
                owner: mapping)
        } else {
            let rows = entry.rowMajor(storage)
            converted = rows.withUnsafeBytes {
                ElementConversion.convert($0, of: entry.type, owner: rows)
            }
        }
        switch converted {
        case .success(let (dtype, bytes)):
            return StoredTensor(name: name, dtype: dtype, shape: entry.shape, bytes: bytes)
        case .failure(let problem):
            throw PyTorchFileError(
                path: path, defect: .damagedTensor(name: name, reason: problem.reason))
        }
    }

    // MARK: The two formats

    private static func archive(
        _ bytes: UnsafeRawBufferPointer
    ) throws(PyTorchFileError.Failure) -> (PickleValue, [String: Range<Int>]) {
        let ranges: [String: Range<Int>]
        do { ranges = try StoredZip(bytes).ranges } catch {
            throw .init(defect: .damagedArchive(error.reason))
        }
        guard
            let (name, pickle) = ranges.filter({ $0.key.hasSuffix("/data.pkl") }).min(by: {
                $0.key.utf8.count < $1.key.utf8.count
            })
        else { throw .init(defect: .damagedArchive("it has no data.pkl")) }
        let folder = name.dropLast("data.pkl".count) + "data/"
        if let order = ranges[name.dropLast("data.pkl".count) + "byteorder"],
            !bytes[order].starts(with: Array("little".utf8))
        {
            throw .init(defect: .damagedArchive("its numbers are not little-endian"))
        }
        var reader = PickleReader(UnsafeRawBufferPointer(rebasing: bytes[pickle]))
        let root = try value { () throws(PickleReader.Problem) in try reader.read() }
        var storages: [String: Range<Int>] = [:]
        for (name, range) in ranges where name.hasPrefix(folder) {
            storages[String(name.dropFirst(folder.count))] = range
        }
        return (root, storages)
    }

    /// Before 2020: a magic number, a version, facts about the machine, the object and the storages' keys,
    /// a pickle each; then each storage's count and bytes.
    private static func sequence(
        _ bytes: UnsafeRawBufferPointer
    ) throws(PyTorchFileError.Failure) -> (PickleValue, [String: Range<Int>]) {
        let magic: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
        guard bytes.count > 14, bytes[4..<14].elementsEqual(magic) else {
            throw .init(defect: .unknownFormat)
        }
        var place = 0
        var values: [PickleValue] = []
        for _ in 0..<5 {
            var reader = PickleReader(bytes, from: place)
            values.append(try value { () throws(PickleReader.Problem) in try reader.read() })
            place = reader.place
        }
        var widths: [String: Int] = [:]
        var visits = 0
        sizes(values[3], depth: 0, into: &widths, &visits)
        guard case .list(let keys) = values[4] else {
            throw .init(defect: .damagedArchive("it does not name its storages"))
        }
        var storages: [String: Range<Int>] = [:]
        for key in keys.items.compactMap(\.text) {
            guard bytes.count - place >= 8 else {
                throw .init(defect: .damagedArchive("it ends before storage \(key.prefix(40))"))
            }
            let count = Int64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Int64.self))
            place += 8
            // A storage that no tensor is a view of has a width that nobody told.
            let (size, overflow) = Int(count).multipliedReportingOverflow(by: widths[key] ?? 4)
            guard count >= 0, !overflow, size <= bytes.count - place else {
                throw .init(defect: .damagedArchive("storage \(key.prefix(40)) is cut short"))
            }
            storages[key] = place..<place + size
            place += size
        }
        return (values[3], storages)
    }

    private static func value(
        _ read: () throws(PickleReader.Problem) -> PickleValue
    ) throws(PyTorchFileError.Failure) -> PickleValue {
        do { return try read() } catch {
            throw .init(defect: .damagedPickle(error.reason, byte: error.byte))
        }
    }

    private static func sizes(
        _ value: PickleValue, depth: Int, into widths: inout [String: Int], _ visits: inout Int
    ) {
        visits += 1
        guard depth < 32, visits < PickleValue.mostVisits else { return }
        let inside: [PickleValue]
        switch value {
        case .tensor(let tensor):
            widths[tensor.storage.key] = PyTorchEntry.type(tensor.storage.type)?.byteCount
            return
        case .dictionary(let dictionary): inside = dictionary.items.map(\.value)
        case .list(let list): inside = list.items
        case .tuple(let items): inside = items
        default: return
        }
        for item in inside { sizes(item, depth: depth + 1, into: &widths, &visits) }
    }
}
