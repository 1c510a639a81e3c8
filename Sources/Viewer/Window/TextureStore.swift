internal import CSDL2

/// The textures of one renderer: the font's, and one for each grid that was drawn lately.
final class TextureStore: TextureProvider {
    private struct Key: Hashable {
        var serial, reduction: Int
    }
    private struct Entry {
        var texture: GridTexture
        var wasUsed: Bool
    }

    private let renderer: OpaquePointer
    private let largest: (width: Int, height: Int)
    private var pointers: [UInt64: OpaquePointer] = [:]
    private var grids: [Key: Entry] = [:]
    private var next: UInt64 = 1

    init(renderer: OpaquePointer) {
        self.renderer = renderer
        var info = SDL_RendererInfo()
        let isKnown = SDL_GetRendererInfo(renderer, &info) == 0
        largest = (
            isKnown && info.max_texture_width > 0 ? Int(info.max_texture_width) : 16384,
            isKnown && info.max_texture_height > 0 ? Int(info.max_texture_height) : 16384
        )
    }

    /// The SDL texture of an identifier.
    func pointer(_ identifier: UInt64) -> OpaquePointer? { pointers[identifier] }

    /// Uploads RGBA pixels with straight alpha.
    func upload(
        _ bytes: UnsafePointer<UInt8>, width: Int, height: Int, isSmooth: Bool
    ) -> UInt64? {
        guard
            let texture = SDL_CreateTexture(
                renderer, SDL_PIXELFORMAT_ABGR8888.rawValue,
                Int32(SDL_TEXTUREACCESS_STATIC.rawValue), Int32(width), Int32(height))
        else { return nil }
        guard SDL_UpdateTexture(texture, nil, bytes, Int32(width * 4)) == 0 else {
            SDL_DestroyTexture(texture)
            return nil
        }
        SDL_SetTextureBlendMode(texture, SDL_BLENDMODE_BLEND)
        SDL_SetTextureScaleMode(texture, isSmooth ? SDL_ScaleModeLinear : SDL_ScaleModeNearest)
        let identifier = next
        next += 1
        pointers[identifier] = texture
        return identifier
    }

    func texture(for frame: ViewerModel.Frame, reduction: Int, isSmooth: Bool) -> GridTexture? {
        let geometry = frame.content.geometry
        var block = reduction
        while block < min(geometry.cellWidth, geometry.cellHeight),
            geometry.columns * (geometry.cellWidth / block + 2) > largest.width
                || geometry.rows * (geometry.cellHeight / block + 2) > largest.height
        {
            block += 1
        }
        let key = Key(serial: frame.serial, reduction: block)
        if grids[key] == nil {
            var atlas = GridAtlas(frame.content, reduction: block)
            guard
                let identifier = upload(
                    atlas.bytes, width: atlas.width, height: atlas.height, isSmooth: isSmooth)
            else { return nil }
            atlas.bytes = []
            grids[key] = Entry(
                texture: GridTexture(identifier: identifier, atlas: atlas), wasUsed: true)
        }
        grids[key]?.wasUsed = true
        guard let texture = grids[key]?.texture else { return nil }
        SDL_SetTextureScaleMode(
            pointers[texture.identifier], isSmooth ? SDL_ScaleModeLinear : SDL_ScaleModeNearest)
        return texture
    }

    /// Frees the grids that this frame did not draw.
    func sweep() {
        for (key, entry) in grids {
            if entry.wasUsed {
                grids[key]?.wasUsed = false
            } else {
                grids[key] = nil
                if let pointer = pointers.removeValue(forKey: entry.texture.identifier) {
                    SDL_DestroyTexture(pointer)
                }
            }
        }
    }

    func removeAll() {
        for pointer in pointers.values { SDL_DestroyTexture(pointer) }
        pointers.removeAll()
        grids.removeAll()
    }
}
