// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.bellhop.api.audit;

import org.jspecify.annotations.NullMarked;
