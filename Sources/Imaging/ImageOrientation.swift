/// How the stored rows and columns of a picture lie to the viewer: the eight values of the EXIF
/// orientation tag (CIPA DC-008, Exif 2.32, tag 0x0112).
public enum ImageOrientation: UInt8, Sendable, Hashable, CaseIterable, Codable {
    /// Row 0 is the top, column 0 the left: as seen.
    case upright = 1
    /// Mirrored left to right.
    case mirrored = 2
    /// Turned by 180 degrees.
    case rotated180 = 3
    /// Mirrored top to bottom.
    case flipped = 4
    /// Mirrored along the main diagonal.
    case transposed = 5
    /// To be turned by 90 degrees clockwise to stand upright.
    case rotated90 = 6
    /// Mirrored along the other diagonal.
    case transversed = 7
    /// To be turned by 90 degrees counter-clockwise to stand upright.
    case rotated270 = 8

    /// Whether making it upright swaps width and height.
    public var swapsSides: Bool { rawValue >= 5 }
}
