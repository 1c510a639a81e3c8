import Glibc

/// The environment of the process.
enum Environment {
    /// A variable's value.
    static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
