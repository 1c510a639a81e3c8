#include "CImGui.h"

#include <cfloat>
#include <cstddef>
#include <cstring>

#include <imgui.h>
#include <imgui_freetype.h>

static_assert(sizeof(ui_vertex) == sizeof(ImDrawVert), "ui_vertex must mirror ImDrawVert");
static_assert(offsetof(ui_vertex, color) == offsetof(ImDrawVert, col), "colour offset");
static_assert(sizeof(ImDrawIdx) == sizeof(uint16_t), "16-bit indices");

namespace {

/// Latin, Greek, Cyrillic, and the punctuation, arrows and signs that the viewer writes.
const ImWchar kLatin[] = {
    0x0020, 0x017F, 0x2010, 0x2027, 0x2030, 0x203A, 0x2190, 0x2193, 0x2212, 0x2212, 0x2248, 0x2248,
    0};
const ImWchar kWide[] = {
    0x0020, 0x024F, 0x0370, 0x03FF, 0x0400, 0x052F, 0x2010, 0x2027, 0x2030, 0x203A, 0x2190, 0x2193,
    0x2212, 0x2212, 0x2248, 0x2248, 0};

ImFont *font_at(int32_t index) {
    ImFontAtlas *atlas = ImGui::GetIO().Fonts;
    return index >= 0 && index < atlas->Fonts.Size ? atlas->Fonts[index] : atlas->Fonts[0];
}

ImTextureID texture_id(uint64_t value) {
    return reinterpret_cast<ImTextureID>(static_cast<uintptr_t>(value));
}

bool looks_like_font(const uint8_t *bytes, int32_t count) {
    if (count < 1024) return false;
    return std::memcmp(bytes, "\0\1\0\0", 4) == 0 || std::memcmp(bytes, "OTTO", 4) == 0
        || std::memcmp(bytes, "true", 4) == 0;
}

/// The top left quarter of a disc, white with the covered part of each pixel as alpha.
void draw_quarter_disc(unsigned char *pixels, int row_pixels, int radius) {
    const int samples = 8;
    for (int y = 0; y < radius; y++) {
        for (int x = 0; x < radius; x++) {
            int inside = 0;
            for (int i = 0; i < samples * samples; i++) {
                const float dx = radius - x - (i % samples + 0.5f) / samples;
                const float dy = radius - y - (i / samples + 0.5f) / samples;
                if (dx * dx + dy * dy <= static_cast<float>(radius) * radius) inside++;
            }
            unsigned char *pixel = pixels + (static_cast<size_t>(y) * row_pixels + x) * 4;
            pixel[0] = pixel[1] = pixel[2] = 255;
            pixel[3] = static_cast<unsigned char>(inside * 255 / (samples * samples));
        }
    }
}

/// One corner of a rounded rectangle; the flips turn the mask of the top left corner.
void draw_corner(float x, float y, int radius, bool flip_x, bool flip_y, uint32_t color) {
    ImFontAtlas *atlas = ImGui::GetIO().Fonts;
    ImVec2 low, high;
    atlas->CalcCustomRectUV(atlas->GetCustomRectByIndex(radius - 1), &low, &high);
    const ImVec2 first(flip_x ? high.x : low.x, flip_y ? high.y : low.y);
    const ImVec2 last(flip_x ? low.x : high.x, flip_y ? low.y : high.y);
    ImDrawList *list = ImGui::GetWindowDrawList();
    list->PrimReserve(6, 4);
    const float size = static_cast<float>(radius);
    list->PrimRectUV(ImVec2(x, y), ImVec2(x + size, y + size), first, last, color);
}

}  // namespace

extern "C" {

void *ui_context_create(void) {
    ImGuiContext *context = ImGui::CreateContext();
    ImGui::SetCurrentContext(context);
    ImGuiIO &io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.LogFilename = nullptr;
    io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
    io.ConfigWindowsMoveFromTitleBarOnly = true;
    io.Fonts->Flags |= ImFontAtlasFlags_NoMouseCursors | ImFontAtlasFlags_NoBakedLines;
    ImGuiStyle &style = ImGui::GetStyle();
    style.WindowPadding = ImVec2(0, 0);
    style.WindowBorderSize = 0;
    style.WindowRounding = 0;
    style.WindowMinSize = ImVec2(1, 1);
    // Baked line textures would need filtered sampling of the font texture.
    style.AntiAliasedLinesUseTex = false;
    style.CurveTessellationTol = 1.0f;
    style.CircleTessellationMaxError = 0.2f;
    return context;
}

void ui_context_destroy(void *context) {
    ImGui::DestroyContext(static_cast<ImGuiContext *>(context));
}

void ui_context_use(void *context) {
    ImGui::SetCurrentContext(static_cast<ImGuiContext *>(context));
}

int32_t ui_font_add(const uint8_t *bytes, int32_t count, float pixels, bool wide) {
    if (!looks_like_font(bytes, count)) return -1;
    void *copy = ImGui::MemAlloc(static_cast<size_t>(count));
    if (copy == nullptr) return -1;
    std::memcpy(copy, bytes, static_cast<size_t>(count));
    ImFontConfig config;
    config.OversampleH = 1;
    config.OversampleV = 1;
    config.PixelSnapH = true;
    config.FontBuilderFlags = ImGuiFreeTypeBuilderFlags_LightHinting;
    ImFontAtlas *atlas = ImGui::GetIO().Fonts;
    atlas->AddFontFromMemoryTTF(copy, count, pixels, &config, wide ? kWide : kLatin);
    return atlas->Fonts.Size - 1;
}

int32_t ui_font_add_builtin(float pixels) {
    ImFontConfig config;
    config.SizePixels = pixels;
    config.OversampleH = 1;
    config.OversampleV = 1;
    config.PixelSnapH = true;
    ImFontAtlas *atlas = ImGui::GetIO().Fonts;
    atlas->AddFontDefault(&config);
    return atlas->Fonts.Size - 1;
}

bool ui_fonts_build(
    int32_t largest_radius, const uint8_t **pixels, int32_t *width, int32_t *height) {
    ImGuiIO &io = ImGui::GetIO();
    ImFontAtlas *atlas = io.Fonts;
    // Custom rectangle `radius - 1` is the quarter disc of that radius.
    for (int radius = 1; radius <= largest_radius; radius++) {
        atlas->AddCustomRectRegular(radius, radius);
    }
    io.BackendRendererUserData = reinterpret_cast<void *>(static_cast<intptr_t>(largest_radius));
    atlas->FontBuilderIO = ImGuiFreeType::GetBuilderForFreeType();
    if (!atlas->Build()) return false;
    unsigned char *bytes = nullptr;
    int w = 0, h = 0;
    atlas->GetTexDataAsRGBA32(&bytes, &w, &h);
    if (bytes == nullptr) return false;
    for (int radius = 1; radius <= largest_radius; radius++) {
        const ImFontAtlasCustomRect *rect = atlas->GetCustomRectByIndex(radius - 1);
        if (!rect->IsPacked()) return false;
        draw_quarter_disc(bytes + (static_cast<size_t>(rect->Y) * w + rect->X) * 4, w, radius);
    }
    *pixels = bytes;
    *width = w;
    *height = h;
    return bytes != nullptr;
}

void ui_fonts_set_texture(uint64_t texture) { ImGui::GetIO().Fonts->SetTexID(texture_id(texture)); }

void ui_input_display(float width, float height, float seconds) {
    ImGuiIO &io = ImGui::GetIO();
    io.DisplaySize = ImVec2(width, height);
    io.DisplayFramebufferScale = ImVec2(1, 1);
    io.DeltaTime = seconds > 0.0001f ? seconds : 0.0001f;
}

void ui_input_pointer(float x, float y) { ImGui::GetIO().MousePos = ImVec2(x, y); }

void ui_input_no_pointer(void) { ImGui::GetIO().MousePos = ImVec2(-FLT_MAX, -FLT_MAX); }

void ui_input_button(int32_t button, bool down) {
    if (button >= 0 && button < ImGuiMouseButton_COUNT) ImGui::GetIO().MouseDown[button] = down;
}

void ui_input_wheel(float notches) { ImGui::GetIO().MouseWheel += notches; }

void ui_frame_begin(void) { ImGui::NewFrame(); }

void ui_frame_end(void) { ImGui::Render(); }

int32_t ui_command_count(void) {
    const ImDrawData *data = ImGui::GetDrawData();
    int32_t count = 0;
    for (int i = 0; data != nullptr && i < data->CmdListsCount; i++) {
        count += data->CmdLists[i]->CmdBuffer.Size;
    }
    return count;
}

ui_command ui_command_at(int32_t index) {
    ui_command out = {};
    const ImDrawData *data = ImGui::GetDrawData();
    for (int i = 0; data != nullptr && i < data->CmdListsCount; i++) {
        const ImDrawList *list = data->CmdLists[i];
        if (index >= list->CmdBuffer.Size) {
            index -= list->CmdBuffer.Size;
            continue;
        }
        const ImDrawCmd &command = list->CmdBuffer[index];
        if (command.UserCallback != nullptr) return out;
        out.clip_left = command.ClipRect.x;
        out.clip_top = command.ClipRect.y;
        out.clip_right = command.ClipRect.z;
        out.clip_bottom = command.ClipRect.w;
        out.texture = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(command.GetTexID()));
        out.vertices
            = reinterpret_cast<const ui_vertex *>(list->VtxBuffer.Data) + command.VtxOffset;
        out.vertex_count = list->VtxBuffer.Size - static_cast<int>(command.VtxOffset);
        out.indices = list->IdxBuffer.Data + command.IdxOffset;
        out.index_count = static_cast<int32_t>(command.ElemCount);
        return out;
    }
    return out;
}

void ui_window_begin(const char *name, float x, float y, float width, float height, bool front) {
    ImGui::SetNextWindowPos(ImVec2(x, y), ImGuiCond_Always);
    ImGui::SetNextWindowSize(ImVec2(width, height), ImGuiCond_Always);
    ImGuiWindowFlags flags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove
        | ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav
        | ImGuiWindowFlags_NoScrollWithMouse;
    if (front) {
        ImGui::SetNextWindowFocus();
    } else {
        flags |= ImGuiWindowFlags_NoBringToFrontOnFocus;
    }
    ImGui::Begin(name, nullptr, flags);
}

void ui_window_end(void) { ImGui::End(); }

ui_hit ui_hit_area(const char *name, float x, float y, float width, float height) {
    ui_hit hit = {};
    if (!(width > 0) || !(height > 0)) return hit;
    ImGui::SetCursorScreenPos(ImVec2(x, y));
    const ImGuiIO &io = ImGui::GetIO();
    hit.clicked = ImGui::InvisibleButton(name, ImVec2(width, height));
    hit.hovered = ImGui::IsItemHovered();
    hit.held = ImGui::IsItemActive();
    if (hit.held || hit.clicked) {
        const ImVec2 start = io.MouseClickedPos[0];
        hit.drag_x = io.MousePos.x - start.x;
        hit.drag_y = io.MousePos.y - start.y;
        hit.motion_x = io.MouseDelta.x;
        hit.motion_y = io.MouseDelta.y;
    }
    if (hit.hovered) hit.wheel = io.MouseWheel;
    hit.pointer_x = io.MousePos.x;
    hit.pointer_y = io.MousePos.y;
    return hit;
}

void ui_clip_push(float left, float top, float right, float bottom) {
    ImGui::GetWindowDrawList()->PushClipRect(ImVec2(left, top), ImVec2(right, bottom), true);
}

void ui_clip_pop(void) { ImGui::GetWindowDrawList()->PopClipRect(); }

void ui_draw_rectangle(float x, float y, float width, float height, uint32_t color, float radius) {
    ImDrawList *list = ImGui::GetWindowDrawList();
    const auto fill = [&](float left, float top, float right, float bottom) {
        if (right > left && bottom > top) {
            list->AddRectFilled(ImVec2(left, top), ImVec2(right, bottom), color);
        }
    };
    const int largest = static_cast<int>(
        reinterpret_cast<intptr_t>(ImGui::GetIO().BackendRendererUserData));
    const float half = (width < height ? width : height) / 2;
    int corner = static_cast<int>((radius < half ? radius : half) + 0.5f);
    if (corner > half) corner--;
    if (corner > largest) corner = largest;
    const float right = x + width, bottom = y + height;
    if (corner < 1) {
        fill(x, y, right, bottom);
        return;
    }
    const float r = static_cast<float>(corner);
    draw_corner(x, y, corner, false, false, color);
    draw_corner(right - r, y, corner, true, false, color);
    draw_corner(x, bottom - r, corner, false, true, color);
    draw_corner(right - r, bottom - r, corner, true, true, color);
    fill(x + r, y, right - r, y + r);
    fill(x, y + r, right, bottom - r);
    fill(x + r, bottom - r, right - r, bottom);
}

void ui_draw_triangle(
    float x0, float y0, float x1, float y1, float x2, float y2, uint32_t color) {
    ImGui::GetWindowDrawList()->AddTriangleFilled(
        ImVec2(x0, y0), ImVec2(x1, y1), ImVec2(x2, y2), color);
}

void ui_draw_line(float x0, float y0, float x1, float y1, uint32_t color, float thickness) {
    ImGui::GetWindowDrawList()->AddLine(ImVec2(x0, y0), ImVec2(x1, y1), color, thickness);
}

void ui_draw_polyline(const float *xy, int32_t count, uint32_t color, float thickness) {
    if (count < 2) return;
    ImGui::GetWindowDrawList()->AddPolyline(
        reinterpret_cast<const ImVec2 *>(xy), count, color, 0, thickness);
}

void ui_draw_band(
    const float *x, const float *low, const float *high, int32_t count, uint32_t color) {
    if (count < 2) return;
    ImDrawList *list = ImGui::GetWindowDrawList();
    const ImVec2 white = ImGui::GetFontTexUvWhitePixel();
    list->PrimReserve((count - 1) * 6, count * 2);
    const unsigned int base = list->_VtxCurrentIdx;
    for (int i = 0; i < count; i++) {
        list->PrimWriteVtx(ImVec2(x[i], low[i]), white, color);
        list->PrimWriteVtx(ImVec2(x[i], high[i]), white, color);
    }
    for (int i = 0; i + 1 < count; i++) {
        const unsigned int at = base + static_cast<unsigned int>(i) * 2;
        const unsigned int corners[6] = {at, at + 1, at + 3, at, at + 3, at + 2};
        for (unsigned int corner : corners) list->PrimWriteIdx(static_cast<ImDrawIdx>(corner));
    }
}

void ui_draw_image(
    uint64_t texture, float x, float y, float width, float height, float u0, float v0, float u1,
    float v1) {
    ImGui::GetWindowDrawList()->AddImage(
        texture_id(texture), ImVec2(x, y), ImVec2(x + width, y + height), ImVec2(u0, v0),
        ImVec2(u1, v1));
}

void ui_draw_text(
    int32_t font, float x, float y, uint32_t color, const char *utf8, int32_t count) {
    ImFont *face = font_at(font);
    ImGui::GetWindowDrawList()->AddText(
        face, face->FontSize, ImVec2(x, y), color, utf8, utf8 + count);
}

void ui_text_size(int32_t font, const char *utf8, int32_t count, float *width, float *height) {
    ImFont *face = font_at(font);
    const ImVec2 size
        = face->CalcTextSizeA(face->FontSize, FLT_MAX, 0.0f, utf8, utf8 + count);
    *width = size.x;
    *height = size.y;
}

}  // extern "C"

extern "C" const char *cimgui_library_version(void) { return ImGui::GetVersion(); }
