import CPNG
import CWebP

/// The libraries behind the picture formats.
public enum ImagingLibraries {
    /// Their names and versions, as loaded.
    public static var versions: [(name: String, version: String)] {
        let webp = WebPGetDecoderVersion()
        return [
            ("libpng", String(cString: cpng_library_version())),
            ("libwebp", "\(webp >> 16).\(webp >> 8 & 255).\(webp & 255)"),
        ]
    }
}
