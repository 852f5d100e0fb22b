// SPDX-License-Identifier: Apache-2.0
/** VMs over HTTP. */
@NullMarked
package dev.bellhop.server.http.vm;

import org.jspecify.annotations.NullMarked;
