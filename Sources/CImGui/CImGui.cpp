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

bool ui_fonts_build(const uint8_t **pixels, int32_t *width, int32_t *height) {
    ImFontAtlas *atlas = ImGui::GetIO().Fonts;
    atlas->FontBuilderIO = ImGuiFreeType::GetBuilderForFreeType();
    if (!atlas->Build()) return false;
    unsigned char *bytes = nullptr;
    int w = 0, h = 0;
    atlas->GetTexDataAsRGBA32(&bytes, &w, &h);
    *pixels = bytes;
    *width = w;
    *height = h;
    return bytes != nullptr;
}

void ui_fonts_set_texture(uint64_t texture) { ImGui::GetIO().Fonts->SetTexID(texture_id(texture)); }

bool ui_font_has_glyph(int32_t font, uint32_t scalar) {
    return scalar <= 0xFFFF
        && font_at(font)->FindGlyphNoFallback(static_cast<ImWchar>(scalar)) != nullptr;
}

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
        out.vertices = reinterpret_cast<const ui_vertex *>(list->VtxBuffer.Data) + command.VtxOffset;
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
    ImGui::GetWindowDrawList()->AddRectFilled(
        ImVec2(x, y), ImVec2(x + width, y + height), color, radius);
}

void ui_draw_frame(
    float x, float y, float width, float height, uint32_t color, float radius, float thickness) {
    ImGui::GetWindowDrawList()->AddRect(
        ImVec2(x, y), ImVec2(x + width, y + height), color, radius, 0, thickness);
}

void ui_draw_circle(float x, float y, float radius, uint32_t color) {
    ImGui::GetWindowDrawList()->AddCircleFilled(ImVec2(x, y), radius, color);
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
