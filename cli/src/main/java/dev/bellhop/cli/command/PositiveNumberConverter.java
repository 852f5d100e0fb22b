// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads numbers that count from 1, such as the id of a VM. */
public final class PositiveNumberConverter implements ITypeConverter<Long> {

    @Override
    public Long convert(String value) {
        if (!value.matches("[0-9]{1,18}") || Long.parseLong(value) < 1) {
            throw new TypeConversionException("it must be a whole number from 1 on");
        }
        return Long.parseLong(value);
    }
}
