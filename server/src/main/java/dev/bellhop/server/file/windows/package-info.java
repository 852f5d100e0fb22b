// SPDX-License-Identifier: Apache-2.0
/**
 * Files in Windows guests: {@link dev.bellhop.server.file.windows.WindowsFiles} implements them with PowerShell and the
 * guest agent's file calls, and {@link dev.bellhop.server.file.windows.GuestFilesByPath} selects the implementation by
 * path.
 */
@NullMarked
package dev.bellhop.server.file.windows;

import org.jspecify.annotations.NullMarked;
