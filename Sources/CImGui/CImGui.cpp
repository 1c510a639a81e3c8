// CImGui
