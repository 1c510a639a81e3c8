/// Why pictures could not be read, in words that a person can act on.
public struct DatasetError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure that a caller may want to tell apart.
    public enum Kind: String, Sendable, Hashable, Codable {
        /// The path does not exist or is neither a file nor a folder.
        case notFound
        /// The system refused to read it.
        case unreadable
        /// The path exists but holds nothing of a kind that can be read.
        case unknownKind
        /// There are files, but not one usable picture.
        case noUsablePicture
        /// The bytes contradict the format that they claim.
        case damaged
        /// The file asks for more memory than its kind is allowed.
        case tooLarge
        /// The bytes are well formed, but of a variant that is not read.
        case unsupported
        /// A label file cannot be read, or does not fit the pictures.
        case labels
    }

    /// What kind of failure it is.
    public var kind: Kind
    /// The file, folder or `archive: entry` it is about.
    public var path: String
    /// What was expected and what was found.
    public var reason: String
    /// What to do about it, or nil where nothing general can be said.
    public var advice: String?

    /// An error about a path.
    public init(_ kind: Kind, path: String, _ reason: String, advice: String? = nil) {
        self.kind = kind
        self.path = path
        self.reason = reason
        self.advice = advice
    }

    /// One line: the path, the reason, the advice.
    public var description: String {
        "\(path): \(reason)" + (advice.map { "; \($0)" } ?? "")
    }
}
