// SPDX-License-Identifier: Apache-2.0
/** Files in guests, as v2 has them. A path or a name that is not UTF-8 has its bytes in base64, in a field of its own. */
@NullMarked
package dev.bellhop.api.v2.file;

import org.jspecify.annotations.NullMarked;
