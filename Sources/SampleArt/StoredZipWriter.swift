import CZlib
import Files
import Imaging

/// Writes a ZIP archive of files that are small already, without packing them again.
///
/// Every field is fixed or follows from the files (times are the first of January 1980), so that the
/// same files give the same archive. Layout: PKWARE's APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and
/// 4.3.16, without the extensions for archives of 4 GB and above.
final class StoredZipWriter {
    private let file: AtomicFile
    private var directory: [UInt8] = []
    private var entryCount = 0

    /// - Throws: `FileError` if the file cannot be created.
    init(path: String) throws(FileError) {
        file = try AtomicFile(path: path)
    }

    /// Adds a file.
    ///
    /// - Throws: `FileError` if it cannot be written, or if the archive would pass 4 GB.
    func append(_ bytes: [UInt8], name: String) throws(FileError) {
        let limit = Int(Int32.max)
        guard file.count + bytes.count + directory.count < limit, entryCount < 65_000 else {
            throw FileError(
                path: file.path, operation: "extend the archive",
                reason: .tooLarge(size: file.count + bytes.count, limit: limit))
        }
        let checksum = bytes.withUnsafeBufferPointer {
            UInt32(truncatingIfNeeded: crc32(0, $0.baseAddress, UInt32($0.count)))
        }
        // Version 2.0, names in UTF-8, stored, 1980-01-01 00:00, checksum, sizes, length of the name.
        var common: [UInt8] = []
        common.append(little: 20, size: 2)
        common.append(little: 0x0800, size: 2)
        common.append(little: 0, size: 2)
        common.append(little: 0x0021_0000, size: 4)
        common.append(little: Int(checksum), size: 4)
        common.append(little: bytes.count, size: 4)
        common.append(little: bytes.count, size: 4)
        common.append(little: name.utf8.count, size: 2)
        common.append(little: 0, size: 2)  // no extra field

        directory.append(little: 0x0201_4b50, size: 4)
        directory.append(little: 0x0314, size: 2)  // made by version 2.0 on Unix
        directory += common
        directory.append(little: 0, size: 2)  // no comment
        directory.append(little: 0, size: 4)  // disk 0, not known to be text
        directory.append(little: 0o100_644 << 16, size: 4)  // a regular file, rw-r--r--
        directory.append(little: file.count, size: 4)
        directory += Array(name.utf8)
        entryCount += 1

        var header: [UInt8] = []
        header.append(little: 0x0403_4b50, size: 4)
        try file.append(header + common + Array(name.utf8) + bytes)
    }

    /// Writes the directory and gives the archive its name.
    ///
    /// - Throws: `FileError`, for instance when the disk is full.
    func finish() throws(FileError) {
        let start = file.count
        var end: [UInt8] = []
        end.append(little: 0x0605_4b50, size: 4)
        end.append(little: 0, size: 4)  // disk 0
        end.append(little: entryCount, size: 2)
        end.append(little: entryCount, size: 2)
        end.append(little: directory.count, size: 4)
        end.append(little: start, size: 4)
        end.append(little: 0, size: 2)  // no comment
        try file.append(directory + end)
        try file.commit()
    }
}

extension [UInt8] {
    fileprivate mutating func append(little value: Int, size: Int) {
        for byte in 0..<size { append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
    }
}
