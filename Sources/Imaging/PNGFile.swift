import CPNG
import Files

/// Writes PNG files with text entries, and reads the entries back.
public enum PNGFile {
    /// Encodes a picture, 8 bits a sample.
    ///
    /// - Parameters:
    ///   - picture: The pixels.
    ///   - text: Stored in order: Latin-1 in tEXt, longer than 1 KB compressed in zTXt, anything else
    ///     as UTF-8 in iTXt.
    ///   - compression: How hard the pixels are squeezed.
    /// - Throws: `ImageError` if libpng refuses.
    public static func encode(
        _ picture: PixelBuffer, text: [PNGText] = [], compression: PNGCompression = .standard
    ) throws(ImageError) -> [UInt8] {
        let output = PNGOutput()
        let writer = try PNGWriter(
            output: output, width: picture.width, height: picture.height, format: picture.format,
            text: text, compression: compression)
        try writer.append(rows: picture)
        try writer.finish()
        return output.bytes
    }

    /// Writes a picture to a file, whole or not at all.
    ///
    /// - Throws: `ImageError` with a `FileError` if the file cannot be written.
    public static func write(
        _ picture: PixelBuffer, to path: String, text: [PNGText] = [],
        compression: PNGCompression = .standard
    ) throws(ImageError) {
        let writer = try PNGWriter(
            path: path, width: picture.width, height: picture.height, format: picture.format,
            text: text, compression: compression)
        try writer.append(rows: picture)
        try writer.finish()
    }

    /// Reads the text entries of a file, in order; its pixels are not read.
    ///
    /// - Throws: `ImageError` if the file cannot be read, is no PNG, or a text chunk is damaged.
    public static func text(contentsOf path: String) throws(ImageError) -> [PNGText] {
        let source: ByteSource
        do throws(FileError) {
            source = try ByteSource(path: path)
        } catch {
            throw ImageError(path: path, reason: .file(error))
        }
        return try text(in: source)
    }

    /// Reads the text entries of a PNG in memory, in order; `name` is used in errors.
    ///
    /// - Throws: `ImageError` if it is no PNG, or a text chunk is damaged.
    public static func text(bytes: [UInt8], name: String = "picture") throws(ImageError)
        -> [PNGText]
    {
        try text(in: ByteSource(bytes, path: name))
    }

    private static func text(in source: ByteSource) throws(ImageError) -> [PNGText] {
        guard try source.bytes(at: 0, count: 8) == PNGChunks.signature else {
            throw ImageError(path: source.path, reason: .unknownFormat("no PNG signature"))
        }
        var entries: [PNGText] = []
        var room = PNGText.maximumSize
        var chunks = PNGChunks(source)
        while let chunk = try chunks.next() {
            guard ["tEXt", "zTXt", "iTXt"].contains(chunk.name) else { continue }
            room -= chunk.count
            guard room >= 0 else {
                throw ImageError(
                    path: source.path,
                    reason: .overLimit("more than \(PNGText.maximumSize) bytes of text"))
            }
            let data = try source.bytes(at: chunk.offset - 4, count: chunk.count + 8)
            guard data.count == chunk.count + 8 else {
                throw ImageError(
                    path: source.path, reason: .damaged(.png, "the file ends early"))
            }
            let stored = data.bigEndian(at: data.count - 4, size: 4)
            let computed = Int(cpng_crc(0, data, chunk.count + 4))
            let body = Array(data[4..<data.count - 4])
            guard stored == computed, let entry = PNGText(chunk: chunk.name, data: body) else {
                throw ImageError(
                    path: source.path, reason: .damaged(.png, "a damaged \(chunk.name) chunk"))
            }
            room -= entry.value.utf8.count
            entries.append(entry)
        }
        return entries
    }
}
