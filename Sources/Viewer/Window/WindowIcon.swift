internal import CSDL2

/// The picture that stands for the window in the desktop: four samples.
enum WindowIcon {
    private static let side = 64
    private static let tiles = [Theme.amber, Theme.rose, Theme.blue, Theme.green]

    static func set(on window: OpaquePointer) {
        guard
            let surface = SDL_CreateRGBSurfaceWithFormat(
                0, Int32(side), Int32(side), 32, SDL_PIXELFORMAT_ABGR8888.rawValue)
        else { return }
        defer { SDL_FreeSurface(surface) }
        for (index, colour) in ([Theme.background] + tiles).enumerated() {
            let place = Int32(index - 1)
            var rect =
                index == 0
                ? SDL_Rect(x: 0, y: 0, w: Int32(side), h: Int32(side))
                : SDL_Rect(x: 7 + place % 2 * 27, y: 7 + place / 2 * 27, w: 23, h: 23)
            SDL_FillRect(surface, &rect, colour.packed)
        }
        SDL_SetWindowIcon(window, surface)
    }
}
