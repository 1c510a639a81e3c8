import Foundation

/// A virtual X server of the test's own.
final class VirtualDisplay {
    static let path = "/usr/bin/Xvfb"
    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: path) }

    let name: String
    private let process = Process()

    init() throws {
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: Self.path)
        process.arguments = ["-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp"]
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        // The server writes its number once it listens.
        var number = ""
        while !number.hasSuffix("\n") {
            let bytes = pipe.fileHandleForReading.readData(ofLength: 1)
            if bytes.isEmpty { break }
            number += String(decoding: bytes, as: UTF8.self)
        }
        name = ":" + number.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        process.waitUntilExit()
    }

    deinit { stop() }
}

/// Sets or removes variables of the environment while `body` runs.
func withEnvironment<Result>(
    _ values: [String: String?], _ body: () throws -> Result
) rethrows -> Result {
    let old = values.keys.map { ($0, ProcessInfo.processInfo.environment[$0]) }
    func set(_ name: String, _ value: String?) {
        if let value { setenv(name, value, 1) } else { unsetenv(name) }
    }
    for (name, value) in values { set(name, value) }
    defer { for (name, value) in old { set(name, value) } }
    return try body()
}
