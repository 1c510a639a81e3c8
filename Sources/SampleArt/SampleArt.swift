import Files
import Glibc
import Imaging
import TensorCore

/// Writes data sets of drawn flowers: as many of every species, in sub-folders of its name.
///
/// The pictures of a seed are the same on every machine; the bytes of their PNG files also depend on
/// the version of zlib that packs them.
public enum SampleArt {
    /// Draws a data set as PNG files `CLASS/0001.png` in a folder, which is made where it is missing.
    ///
    /// - Parameters:
    ///   - folder: Where to; it must be empty or not there yet.
    ///   - count: How many pictures, 1...60000.
    ///   - size: Pixels on a side, 8...4096.
    ///   - seed: Which pictures; a larger data set begins with the smaller one of its seed.
    ///   - progress: Called after each picture with the number that is done; what it throws ends the
    ///     drawing.
    /// - Throws: `ImageError` with a `FileError`, for instance when the folder has files already or
    ///   the disk is full, and what `progress` throws. Pictures that were done before stay.
    public static func writeDataset(
        to folder: String, count: Int, size: Int, seed: UInt64,
        progress: (Int) throws -> Void = { _ in }
    ) throws {
        check(count, function: "writeDataset")
        do throws(FileError) {
            try makeEmptyFolder(folder)
            for name in FlowerPainter.classNames.prefix(count) {
                try Folder.make("\(folder)/\(name)")
            }
        } catch {
            throw ImageError(path: folder, reason: .file(error))
        }
        for index in 0..<count {
            let item = Item(index, of: count, seed: seed)
            try PNGFile.write(
                item.draw(size: size), to: "\(folder)/\(item.path)", compression: .best)
            try progress(index + 1)
        }
    }

    /// Draws a data set into one ZIP archive, whole or not at all: `CLASS/0001.png` in it.
    ///
    /// - Parameters:
    ///   - path: The archive; one that is there already is replaced.
    ///   - count: How many pictures, 1...60000.
    ///   - size: Pixels on a side, 8...4096.
    ///   - seed: Which pictures, the same as those of `writeDataset`.
    ///   - progress: Called after each picture with the number that is done; what it throws ends the
    ///     drawing, and the archive that was begun is taken away.
    /// - Throws: `ImageError`, with a `FileError` if the archive cannot be written, and what
    ///   `progress` throws.
    public static func writeZip(
        to path: String, count: Int, size: Int, seed: UInt64,
        progress: (Int) throws -> Void = { _ in }
    ) throws {
        check(count, function: "writeZip")
        do {
            let archive = try StoredZipWriter(path: path)
            for index in 0..<count {
                let item = Item(index, of: count, seed: seed)
                try archive.append(
                    PNGFile.encode(item.draw(size: size), compression: .best), name: item.path)
                try progress(index + 1)
            }
            try archive.finish()
        } catch let error as FileError {
            throw ImageError(path: path, reason: .file(error))
        }
    }

    /// A picture of a data set.
    struct Item {
        /// The position of its species in `FlowerPainter.classNames`.
        let species: Int
        /// `daisy/0012.png`.
        let path: String
        private let seed: UInt64

        init(_ index: Int, of count: Int, seed: UInt64) {
            let names = FlowerPainter.classNames
            species = index % names.count
            let digits = String(index / names.count + 1)
            let padding = String(repeating: "0", count: max(0, 4 - digits.count))
            path = "\(names[species])/\(padding)\(digits).png"
            let key = RandomKey(seed: seed).folded(UInt64(index))
            self.seed = UInt64(key.high) << 32 | UInt64(key.low)
        }

        func draw(size: Int) -> PixelBuffer {
            FlowerPainter.draw(class: species, seed: seed, size: size)
        }
    }

    private static func check(_ count: Int, function: String) {
        precondition(
            (1...60_000).contains(count),
            "[SampleArt.\(function)] expected a count of 1...60000, got \(count)")
    }

    private static func makeEmptyFolder(_ path: String) throws(FileError) {
        try Folder.make(path)
        guard try Folder.names(in: path).isEmpty else {
            throw FileError(path: path, operation: "draw into", errno: ENOTEMPTY)
        }
    }
}
