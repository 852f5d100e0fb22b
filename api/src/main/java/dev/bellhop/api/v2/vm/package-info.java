// SPDX-License-Identifier: Apache-2.0
/** VMs of the v2 API: what they do, what their guests tell, and the operations on them. */
@NullMarked
package dev.bellhop.api.v2.vm;

import org.jspecify.annotations.NullMarked;
