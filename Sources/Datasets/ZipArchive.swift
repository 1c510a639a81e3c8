import CZip

/// A ZIP archive that is read from several threads at once.
///
/// libzip's handles belong to one thread at a time, so there is a pool of them: a reader takes one,
/// or opens one more.
final class ZipArchive: Sendable {
    /// A file in the archive.
    struct Entry: Sendable {
        /// Its path, with `/` between folders.
        var name: String
        /// Its number in the archive's directory.
        var index: UInt64
        /// Unpacked bytes.
        var size: Int
    }

    private struct Handle: @unchecked Sendable {
        // Used by one thread at a time: whoever took it out of the pool.
        var pointer: OpaquePointer
    }

    private let path: String
    private let limits: SourceLimits
    private let idle: Monitor<[Handle]>

    /// Opens an archive.
    init(path: String, limits: SourceLimits) throws(DatasetError) {
        self.path = path
        self.limits = limits
        // A pipe or device of this name is refused here rather than waited for.
        _ = try InputFile(path: path)
        idle = Monitor([try Self.open(path)])
    }

    deinit {
        for handle in idle.change({ $0 }) { zip_discard(handle.pointer) }
    }

    private static func open(_ path: String) throws(DatasetError) -> Handle {
        var code: Int32 = 0
        guard let pointer = zip_open(path, Int32(ZIP_RDONLY), &code) else {
            var error = zip_error_t()
            zip_error_init_with_code(&error, code)
            defer { zip_error_fini(&error) }
            throw DatasetError(
                .damaged, path: path,
                "expected a ZIP archive: \(String(cString: zip_error_strerror(&error)))",
                advice: "make or download the archive again")
        }
        return Handle(pointer: pointer)
    }

    private func withHandle<Result>(
        _ body: (OpaquePointer) throws(DatasetError) -> Result
    ) throws(DatasetError) -> Result {
        let handle: Handle
        if let free = idle.change({ $0.popLast() }) {
            handle = free
        } else {
            handle = try Self.open(path)
        }
        defer { idle.change { $0.append(handle) } }
        return try body(handle.pointer)
    }

    /// The files that may be pictures in natural order, and the entries that are refused unopened.
    func list() throws(DatasetError) -> (entries: [Entry], refused: [RefusedPicture]) {
        try withHandle { zip throws(DatasetError) in
            let count = zip_get_num_entries(zip, 0)
            guard count <= limits.fileCount else {
                throw DatasetError(
                    .tooLarge, path: path,
                    "expected at most \(limits.fileCount) entries, found \(count)")
            }
            var entries: [Entry] = []
            var refused: [RefusedPicture] = []
            var seen: Set<String> = []
            for index in 0..<UInt64(max(0, count)) {
                switch examine(zip, index) {
                case .entry(let entry):
                    if seen.insert(entry.name).inserted {
                        entries.append(entry)
                    } else {
                        refused.append(
                            .init(name: entry.name, reason: "a second entry of this name"))
                    }
                case .refused(let refusal): refused.append(refusal)
                case .skipped: break
                }
            }
            entries.sort { NaturalOrder.precedes($0.name, $1.name) }
            return (entries, refused)
        }
    }

    private enum Finding {
        case entry(Entry)
        case refused(RefusedPicture)
        case skipped
    }

    private func examine(_ zip: OpaquePointer, _ index: UInt64) -> Finding {
        var status = zip_stat_t()
        guard zip_stat_index(zip, index, 0, &status) == 0, let rawName = status.name else {
            return .refused(.init(name: "entry \(index)", reason: Self.message(zip)))
        }
        // Archives made on Windows may separate folders by backslashes.
        let fullName = String(String(cString: rawName).map { $0 == "\\" ? "/" : $0 })
        if fullName.hasSuffix("/") { return .skipped }
        let parts = fullName.split(separator: "/").filter { $0 != "." }
        let name = parts.joined(separator: "/")
        func refuse(_ reason: String) -> Finding {
            .refused(.init(name: fullName, reason: reason))
        }
        if parts.isEmpty { return refuse("an entry without a name") }
        if parts.contains("..") { return refuse("its path leads out of the archive") }
        if parts.contains(where: FolderWalker.isHidden) { return .skipped }
        let known = Int64(bitPattern: status.valid)
        guard known & Int64(ZIP_STAT_SIZE) != 0, known & Int64(ZIP_STAT_COMP_SIZE) != 0 else {
            return refuse("its size is not known")
        }
        if known & Int64(ZIP_STAT_ENCRYPTION_METHOD) != 0,
            status.encryption_method != UInt16(ZIP_EM_NONE)
        {
            return refuse("it is encrypted; unpack the archive with its password first")
        }
        let isLabelFile = LabelTable.fileNames.contains(name)
        let limit = UInt64(isLabelFile ? limits.labelFileBytes : limits.pictureBytes)
        guard status.size <= limit else {
            return refuse("it unpacks to \(status.size) bytes, at most \(limit) are read")
        }
        let ratio = status.size / max(1, status.comp_size)
        guard isLabelFile || status.size <= 16 << 20 || ratio <= UInt64(limits.packingRatio) else {
            return refuse(
                "it unpacks \(status.comp_size) bytes to \(status.size), as archives made to fill "
                    + "the memory do")
        }
        return .entry(Entry(name: name, index: index, size: Int(status.size)))
    }

    /// The first bytes of an entry.
    func start(of entry: Entry, count: Int) throws(DatasetError) -> [UInt8] {
        try withHandle { zip throws(DatasetError) in
            try read(zip, entry, count: min(count, entry.size))
        }
    }

    /// The whole entry, checked against its CRC by libzip.
    func contents(of entry: Entry, limit: Int? = nil) throws(DatasetError) -> [UInt8] {
        let limit = limit ?? limits.pictureBytes
        guard entry.size <= limit else {
            throw DatasetError(
                .tooLarge, path: "\(path): \(entry.name)",
                "expected at most \(limit) bytes, found \(entry.size)")
        }
        return try withHandle { zip throws(DatasetError) in
            // One byte more than promised: reading up to the end is what checks the CRC.
            let bytes = try read(zip, entry, count: entry.size + 1)
            guard bytes.count == entry.size else {
                throw DatasetError(
                    .damaged, path: "\(path): \(entry.name)",
                    "expected \(entry.size) bytes, found "
                        + (bytes.count > entry.size ? "more" : "\(bytes.count)"))
            }
            return bytes
        }
    }

    private func read(
        _ zip: OpaquePointer, _ entry: Entry, count: Int
    ) throws(DatasetError) -> [UInt8] {
        guard let file = zip_fopen_index(zip, entry.index, 0) else {
            throw DatasetError(.damaged, path: "\(path): \(entry.name)", Self.message(zip))
        }
        defer { zip_fclose(file) }
        var failed = false
        // The directory may lie: memory grows with the bytes that come, in steps.
        var bytes: [UInt8] = []
        let step = 1 << 20
        while bytes.count < count && !failed {
            let wanted = min(step, count - bytes.count)
            var got = 0
            let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
                got = Int(zip_fread(file, buffer.baseAddress!, UInt64(wanted)))
                filled = max(0, got)
            }
            failed = got < 0
            if got == 0 { break }
            if bytes.isEmpty { bytes = piece } else { bytes += piece }
        }
        if failed {
            let error = zip_file_get_error(file)
            throw DatasetError(
                .damaged, path: "\(path): \(entry.name)",
                "it does not unpack: "
                    + (error.map { String(cString: zip_error_strerror($0)) } ?? ""))
        }
        return bytes
    }

    private static func message(_ zip: OpaquePointer) -> String {
        zip_get_error(zip).map { String(cString: zip_error_strerror($0)) } ?? "unknown error"
    }
}
