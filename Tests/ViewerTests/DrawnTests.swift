import Testing

/// Everything that draws or opens a window, one after the other: SDL's display and the process's
/// environment are shared.
@Suite(.serialized) enum DrawnTests {}
