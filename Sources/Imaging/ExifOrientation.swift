extension ImageOrientation {
    /// Finds the orientation tag in an EXIF block (a TIFF header and its first directory; CIPA
    /// DC-008, Exif 2.32).
    ///
    /// An `Exif\0\0` prefix is skipped. Damaged blocks, missing tags and values outside 1...8 count
    /// as upright: the tag is advice, and no reason to refuse a picture.
    init(exif block: [UInt8]) {
        self = Self.find(in: block) ?? .upright
    }

    private static func find(in block: [UInt8]) -> ImageOrientation? {
        let start = block.holds("Exif\0\0", at: 0) ? 6 : 0
        let isLittle = block.holds("II*\0", at: start)
        guard isLittle || block.holds("MM\0*", at: start) else { return nil }

        func number(at offset: Int, size: Int) -> Int? {
            let index = start + offset
            guard offset >= 0, index + size <= block.count else { return nil }
            return isLittle
                ? block.littleEndian(at: index, size: size) : block.bigEndian(at: index, size: size)
        }
        guard let directory = number(at: 4, size: 4), directory >= 8,
            let entries = number(at: directory, size: 2)
        else { return nil }
        // `entries` is at most 65,535, and reading stops where the block ends.
        for entry in 0..<entries {
            let offset = directory + 2 + 12 * entry
            guard let tag = number(at: offset, size: 2) else { return nil }
            guard tag == 0x0112 else { continue }
            let isShort = number(at: offset + 2, size: 2) == 3
            guard isShort, let value = number(at: offset + 8, size: 2) else { return nil }
            return UInt8(exactly: value).flatMap(ImageOrientation.init(rawValue:))
        }
        return nil
    }
}
