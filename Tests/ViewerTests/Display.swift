import Glibc

/// A virtual X server of the test's own.
final class VirtualDisplay {
    struct Failure: Error {}

    static let path = "/usr/bin/Xvfb"
    static var isInstalled: Bool { access(path, X_OK) == 0 }

    let name: String
    private var process: pid_t = 0

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure() }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addclose(&actions, ends[0])
        posix_spawn_file_actions_addclose(&actions, ends[1])
        // Test threads block signals, and a server that inherits that cannot be ended.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let arguments = [
            Self.path, "-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp",
        ]
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        let status = posix_spawn(&process, Self.path, &actions, &attributes, &pointers, environ)
        close(ends[1])
        // The server writes its number once it listens.
        var number = ""
        var byte: UInt8 = 0
        while status == 0, read(ends[0], &byte, 1) == 1, byte != 10 {
            number.unicodeScalars.append(Unicode.Scalar(byte))
        }
        close(ends[0])
        name = ":" + number
        if number.isEmpty { throw Failure() }
    }

    func stop() {
        guard process > 0 else { return }
        kill(process, SIGTERM)
        waitpid(process, nil, 0)
        process = 0
    }

    deinit { stop() }
}

/// Sets or removes variables of the environment while `body` runs.
func withEnvironment<Result>(
    _ values: [String: String?], _ body: () throws -> Result
) rethrows -> Result {
    let old = values.keys.map { ($0, getenv($0).map { String(cString: $0) }) }
    func set(_ name: String, _ value: String?) {
        if let value { setenv(name, value, 1) } else { unsetenv(name) }
    }
    for (name, value) in values { set(name, value) }
    defer { for (name, value) in old { set(name, value) } }
    return try body()
}
