internal import CSDL2
internal import Glibc

/// An SDL window with its renderer, and what is known about its display.
final class DisplayWindow {
    private(set) var renderer: OpaquePointer
    private var window: OpaquePointer
    private let fixedScale: Float?

    /// Whether the connection to the display broke; nothing may be called on SDL then.
    var isLost: Bool { DisplayGuard.isLost }

    init(options: ViewerWindow.Options) throws(ViewerError) {
        if let scale = options.scale, !(0.5...4).contains(scale) {
            throw .badSize(width: options.width, height: options.height, scale: scale)
        }
        if DisplayGuard.isLost { throw .displayLost }
        Self.setHints()
        guard SDL_InitSubSystem(SDL_INIT_VIDEO) == 0 else {
            throw .noDisplay(reason: Self.reason())
        }
        fixedScale = options.scale.map { Float($0) }
        do throws(ViewerError) {
            let driver = SDL_GetCurrentVideoDriver().map { String(cString: $0) } ?? ""
            let isSoftware =
                options.renderer == .software || ["dummy", "offscreen"].contains(driver)
            (window, renderer) = try Self.open(options, isSoftware: isSoftware)
        } catch {
            SDL_QuitSubSystem(SDL_INIT_VIDEO)
            throw error
        }
        DisplayGuard.watch(window)
        WindowIcon.set(on: window)
        SDL_ShowWindow(window)
    }

    func close() {
        SDL_DestroyRenderer(renderer)
        SDL_DestroyWindow(window)
        SDL_QuitSubSystem(SDL_INIT_VIDEO)
    }

    private static func setHints() {
        // Ctrl-C belongs to the training, and a sleeping screen to the user.
        SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1")
        SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1")
        SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0")
        SDL_SetHint(SDL_HINT_RENDER_BATCHING, "1")
        SDL_SetHint(SDL_HINT_APP_NAME, "Atelier")
        // Never a bare console: it would take the terminal away. And Wayland only where there is
        // some: its library complains aloud.
        SDL_SetHint(SDL_HINT_VIDEODRIVER, isSet("WAYLAND_DISPLAY") ? "wayland,x11" : "x11")
    }

    private static func isSet(_ name: String) -> Bool {
        getenv(name).map { $0.pointee != 0 } ?? false
    }

    private static func reason() -> String {
        if isSet("DISPLAY") || isSet("WAYLAND_DISPLAY") || isSet("SDL_VIDEODRIVER") {
            return String(cString: SDL_GetError())
        }
        return "neither DISPLAY nor WAYLAND_DISPLAY is set"
    }

    private static func open(
        _ options: ViewerWindow.Options, isSoftware: Bool
    ) throws(ViewerError) -> (OpaquePointer, OpaquePointer) {
        let scale = options.scale ?? Double(desktopScale())
        var bounds = SDL_Rect(x: 0, y: 0, w: 0, h: 0)
        var width = Int32(Double(options.width) * scale)
        var height = Int32(Double(options.height) * scale)
        if SDL_GetDisplayUsableBounds(0, &bounds) == 0, bounds.w > 0, bounds.h > 0 {
            width = min(width, bounds.w)
            height = min(height, bounds.h)
        }
        let flags =
            SDL_WINDOW_RESIZABLE.rawValue | SDL_WINDOW_ALLOW_HIGHDPI.rawValue
            | SDL_WINDOW_HIDDEN.rawValue
        // SDL_WINDOWPOS_CENTERED is a macro of its own that Swift does not see.
        let centred: Int32 = 0x2FFF_0000
        guard
            let window = SDL_CreateWindow(
                options.title ?? "Atelier", centred, centred, width, height, flags)
        else { throw .noDisplay(reason: String(cString: SDL_GetError())) }
        SDL_SetWindowMinimumSize(
            window, Int32(Double(ViewerLayout.leastSize.x) * scale),
            Int32(Double(ViewerLayout.leastSize.y) * scale))
        if !isSoftware,
            let renderer = SDL_CreateRenderer(window, -1, SDL_RENDERER_ACCELERATED.rawValue)
        {
            if !isEmulated(renderer) { return (window, renderer) }
            SDL_DestroyRenderer(renderer)
            SDL_DestroyWindow(window)
            return try open(options, isSoftware: true)
        }
        // Not through a texture: that would ask for the graphics card again.
        SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0")
        guard let renderer = SDL_CreateRenderer(window, -1, SDL_RENDERER_SOFTWARE.rawValue) else {
            let reason = String(cString: SDL_GetError())
            SDL_DestroyWindow(window)
            throw .noRenderer(reason: reason)
        }
        return (window, renderer)
    }

    /// Whether OpenGL is emulated on the processor: SDL's own software renderer costs the training
    /// less than that.
    private static func isEmulated(_ renderer: OpaquePointer) -> Bool {
        var info = SDL_RendererInfo()
        guard SDL_GetRendererInfo(renderer, &info) == 0, let name = info.name,
            String(cString: name).hasPrefix("opengl"),
            let address = SDL_GL_GetProcAddress("glGetString")
        else { return false }
        typealias GetString = @convention(c) (UInt32) -> UnsafePointer<CChar>?
        let getString = unsafeBitCast(address, to: GetString.self)
        let glRendererName: UInt32 = 0x1F01
        guard let text = getString(glRendererName).map({ String(cString: $0) }) else { return true }
        return ["llvmpipe", "softpipe", "swrast", "Software"].contains { text.contains($0) }
    }

    /// 1, 1.5 or 2 by the display's density; what it says of itself may be absurd.
    private static func desktopScale() -> Float {
        var density: Float = 0
        guard SDL_GetDisplayDPI(0, &density, nil, nil) == 0, (40...600).contains(density) else {
            return 1
        }
        return density >= 168 ? 2 : density >= 132 ? 1.5 : 1
    }

    /// Pixels in a unit of the window's coordinates.
    var pixelRatio: Float {
        var width: Int32 = 0
        SDL_GetWindowSize(window, &width, nil)
        let output = outputSize()
        return width > 0 && output.width > 0 ? Float(output.width) / Float(width) : 1
    }

    /// Pixels in a point.
    var scale: Float {
        if let fixedScale { return fixedScale }
        let ratio = pixelRatio
        return ratio > 1.01 ? min(max(ratio, 0.5), 4) : Self.desktopScale()
    }

    /// Whether nobody can see the window.
    var isHidden: Bool {
        let flags = SDL_GetWindowFlags(window)
        return flags & (SDL_WINDOW_HIDDEN.rawValue | SDL_WINDOW_MINIMIZED.rawValue) != 0
    }

    func outputSize() -> (width: Int, height: Int) {
        var width: Int32 = 0
        var height: Int32 = 0
        guard SDL_GetRendererOutputSize(renderer, &width, &height) == 0 else { return (0, 0) }
        return (Int(width), Int(height))
    }

    /// Fills the screen, or no longer.
    func setFullScreen(_ isFull: Bool) {
        SDL_SetWindowFullscreen(window, isFull ? SDL_WINDOW_FULLSCREEN_DESKTOP.rawValue : 0)
    }

    func setTitle(_ title: String) { SDL_SetWindowTitle(window, title) }

    func present() { SDL_RenderPresent(renderer) }

    func readPixels() -> (bytes: [UInt8], width: Int, height: Int) {
        let size = outputSize()
        var bytes = [UInt8](repeating: 0, count: max(size.width * size.height * 4, 0))
        let status = SDL_RenderReadPixels(
            renderer, nil, SDL_PIXELFORMAT_ABGR8888.rawValue, &bytes, Int32(size.width * 4))
        return status == 0 ? (bytes, size.width, size.height) : ([], 0, 0)
    }
}
