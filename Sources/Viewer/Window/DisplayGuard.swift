internal import CSDL2
internal import Glibc
internal import Synchronization

/// Keeps a broken connection to an X server from ending the process: Xlib would call `exit`, and the
/// training with it.
enum DisplayGuard {
    fileprivate static let lost = Atomic<Bool>(false)

    /// Whether the connection broke. It stays so: SDL keeps the dead connection, and this process
    /// gets no second one.
    static var isLost: Bool { lost.load(ordering: .acquiring) }

    /// Watches the connection of a window.
    static func watch(_ window: OpaquePointer) {
        var info = SDL_SysWMinfo()
        info.version = SDL_version(
            major: UInt8(SDL_MAJOR_VERSION), minor: UInt8(SDL_MINOR_VERSION),
            patch: UInt8(SDL_PATCHLEVEL))
        guard SDL_GetWindowWMInfo(window, &info) == SDL_TRUE, info.subsystem == SDL_SYSWM_X11,
            let connection = info.info.x11.display
        else { return }
        // SDL has loaded the library already; older ones do not have the function.
        guard let library = dlopen("libX11.so.6", RTLD_LAZY | RTLD_NOLOAD) else { return }
        defer { dlclose(library) }
        guard let setExitHandler = dlsym(library, "XSetIOErrorExitHandler"),
            let setErrorHandler = dlsym(library, "XSetIOErrorHandler")
        else { return }
        // Both are needed: the second one's default ends the process before the first is asked.
        unsafeBitCast(setExitHandler, to: RegisterExitHandler.self)(
            connection, noteLostDisplay, nil)
        _ = unsafeBitCast(setErrorHandler, to: RegisterErrorHandler.self)(passOverError)
    }
}

private typealias ExitHandler = @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Void
private typealias RegisterExitHandler =
    @convention(c) (OpaquePointer?, ExitHandler, UnsafeMutableRawPointer?) -> Void

private typealias ErrorHandler = @convention(c) (OpaquePointer?) -> Int32
private typealias RegisterErrorHandler = @convention(c) (ErrorHandler) -> ErrorHandler?

/// What Xlib calls in place of its message.
private func passOverError(_ display: OpaquePointer?) -> Int32 { 0 }

/// What Xlib calls in place of `exit`.
private func noteLostDisplay(_ display: OpaquePointer?, _ context: UnsafeMutableRawPointer?) {
    DisplayGuard.lost.store(true, ordering: .releasing)
}
