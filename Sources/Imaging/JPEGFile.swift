import CJPEG
import Files

/// Writes JPEG files.
public enum JPEGFile {
    /// Encodes a picture. Alpha cannot be stored: composite first (`converted(to: .rgb)`), or it is
    /// composited over white here.
    ///
    /// - Parameters:
    ///   - picture: The pixels.
    ///   - quality: 1...100; colour is stored at full resolution from 90 up, else halved.
    /// - Throws: `ImageError` if TurboJPEG refuses, for instance a side above 65,500 pixels.
    public static func encode(
        _ picture: PixelBuffer, quality: Int = 90
    ) throws(ImageError) -> [UInt8] {
        precondition(
            (1...100).contains(quality), "[JPEGFile] expected a quality of 1...100, got \(quality)")
        let isGrey = picture.format == .grey || picture.format == .greyAlpha
        let opaque = picture.converted(to: isGrey ? .grey : .rgb)
        func failure(_ text: String) -> ImageError {
            ImageError(path: "picture", reason: .cannotEncode(.jpeg, text))
        }
        guard max(opaque.width, opaque.height) <= 65_500 else {
            throw failure("\(opaque.width)x\(opaque.height) pixels, a side has at most 65500")
        }
        guard let handle = tjInitCompress() else { throw failure("out of memory") }
        defer { tjDestroy(handle) }
        var buffer: UnsafeMutablePointer<UInt8>?
        var size: CUnsignedLong = 0
        defer { tjFree(buffer) }
        let sampling = isGrey ? TJSAMP_GRAY : quality >= 90 ? TJSAMP_444 : TJSAMP_420
        let status = tjCompress2(
            handle, opaque.bytes, Int32(opaque.width), 0, Int32(opaque.height),
            Int32((isGrey ? TJPF_GRAY : TJPF_RGB).rawValue), &buffer, &size,
            Int32(sampling.rawValue), Int32(quality), TJFLAG_ACCURATEDCT)
        guard status == 0, let buffer else {
            throw failure(tjGetErrorStr2(handle).map { String(cString: $0) } ?? "unknown error")
        }
        return Array(UnsafeBufferPointer(start: buffer, count: Int(size)))
    }

    /// Writes a picture to a file, whole or not at all; see `encode(_:quality:)`.
    ///
    /// - Throws: `ImageError` if TurboJPEG refuses or the file cannot be written.
    public static func write(
        _ picture: PixelBuffer, to path: String, quality: Int = 90
    ) throws(ImageError) {
        try AtomicFile.write(image: try encode(picture, quality: quality), to: path)
    }
}

extension AtomicFile {
    /// Writes an encoded picture, with errors as picture errors.
    static func write(image bytes: [UInt8], to path: String) throws(ImageError) {
        do throws(FileError) {
            try write(bytes, to: path)
        } catch {
            throw ImageError(path: path, reason: .file(error))
        }
    }
}
