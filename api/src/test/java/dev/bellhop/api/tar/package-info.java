// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.bellhop.api.tar;

import org.jspecify.annotations.NullMarked;
