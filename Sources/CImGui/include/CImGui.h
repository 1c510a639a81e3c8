// A C face for the part of Dear ImGui 1.86 that the viewer uses: one context with its fonts and
// input, full-size windows without decoration, hit areas, a draw list, and the triangles that come
// out. All lengths are pixels. The viewer draws its own controls, so ImGui's widgets stay inside.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The version of the library that is linked, as `1.86`.
const char *cimgui_library_version(void);

/// One corner of a triangle; the layout of `ImDrawVert`.
typedef struct {
    float x, y;
    float u, v;
    uint32_t color;  // bytes in memory: red, green, blue, alpha
} ui_vertex;

/// One batch of triangles under one clip rectangle and one texture.
typedef struct {
    float clip_left, clip_top, clip_right, clip_bottom;
    uint64_t texture;
    const ui_vertex *vertices;
    int32_t vertex_count;
    const uint16_t *indices;
    int32_t index_count;
} ui_command;

/// The answer of a hit area in this frame.
typedef struct {
    bool hovered;   // the pointer is over it and nothing covers it
    bool held;      // the left button went down on it and is still down
    bool clicked;   // the left button went down and up on it
    float drag_x, drag_y;        // the pointer's way since the button went down
    float motion_x, motion_y;    // the pointer's way since the last frame
    float wheel;                 // wheel notches, positive away from the user
    float pointer_x, pointer_y;
} ui_hit;

/// Makes a context, without files of its own, and makes it current. Null if memory is out.
void *ui_context_create(void);
void ui_context_destroy(void *context);
void ui_context_use(void *context);

/// Adds a TrueType or OpenType font (copied) at a pixel size; its number, or -1 if the bytes are no
/// font. `wide` also loads Greek and Cyrillic beside Latin.
int32_t ui_font_add(const uint8_t *bytes, int32_t count, float pixels, bool wide);
/// Adds ImGui's built-in font.
int32_t ui_font_add_builtin(float pixels);
/// Rasterises all fonts, and the corners of rounded rectangles up to a radius, into one RGBA
/// picture that stays valid until the context goes.
bool ui_fonts_build(
    int32_t largest_radius, const uint8_t **pixels, int32_t *width, int32_t *height);
void ui_fonts_set_texture(uint64_t texture);

void ui_input_display(float width, float height, float seconds);
void ui_input_pointer(float x, float y);
void ui_input_no_pointer(void);
void ui_input_button(int32_t button, bool down);
void ui_input_wheel(float notches);

void ui_frame_begin(void);
/// Ends the frame; `ui_command_count` and `ui_command_at` then describe it.
void ui_frame_end(void);
int32_t ui_command_count(void);
ui_command ui_command_at(int32_t index);

/// Opens an undecorated, transparent window; later windows with `front` lie over earlier ones and
/// take their input.
void ui_window_begin(const char *name, float x, float y, float width, float height, bool front);
void ui_window_end(void);
ui_hit ui_hit_area(const char *name, float x, float y, float width, float height);

void ui_clip_push(float left, float top, float right, float bottom);
void ui_clip_pop(void);
/// Corners come from masks, exactly smooth on every renderer; edges and radius are whole pixels.
void ui_draw_rectangle(float x, float y, float width, float height, uint32_t color, float radius);
void ui_draw_triangle(
    float x0, float y0, float x1, float y1, float x2, float y2, uint32_t color);
void ui_draw_line(float x0, float y0, float x1, float y1, uint32_t color, float thickness);
/// A line through `count` points, `xy` interleaved.
void ui_draw_polyline(const float *xy, int32_t count, uint32_t color, float thickness);
/// A band between `low` and `high` over the same `x`s.
void ui_draw_band(
    const float *x, const float *low, const float *high, int32_t count, uint32_t color);
void ui_draw_image(
    uint64_t texture, float x, float y, float width, float height, float u0, float v0, float u1,
    float v1);
void ui_draw_text(
    int32_t font, float x, float y, uint32_t color, const char *utf8, int32_t count);
void ui_text_size(int32_t font, const char *utf8, int32_t count, float *width, float *height);

#ifdef __cplusplus
}
#endif
