// What must happen before any library is initialised. Linked into executables only.
#pragma once

/// Does nothing; calling it makes sure that this object is linked.
void atl_launch(void);
