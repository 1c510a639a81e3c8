internal import CImGui
internal import CSDL2

/// The libraries behind the window.
public enum ViewerLibraries {
    /// Their names and versions, as loaded.
    public static var versions: [(name: String, version: String)] {
        var sdl = SDL_version()
        SDL_GetVersion(&sdl)
        return [
            ("SDL", "\(sdl.major).\(sdl.minor).\(sdl.patch)"),
            ("Dear ImGui", String(cString: cimgui_library_version())),
        ]
    }
}
