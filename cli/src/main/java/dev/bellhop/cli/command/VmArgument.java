// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.vm.VmSummary;
import dev.bellhop.cli.terminal.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A VM as somebody types it: its vmid, or what people call it. Digits alone are a vmid.
 *
 * @param text not empty, once it was given
 */
public record VmArgument(String text) {

    /** For the descriptions of parameters. */
    public static final String HELP = "The VM: its vmid or its name.";

    /** Until one is given. */
    public static final VmArgument NONE = new VmArgument("");

    /** As many digits as a number has that fits. */
    private static final int MAX_DIGITS = 18;

    private static final int MAX_CELL = 20;

    /**
     * The vmid. The server is asked where a name was given, and only then.
     *
     * @throws CliException if no VM that the key sees has the name, or several have it
     */
    public long vmid(BellhopClient client) throws InterruptedException {
        if (isNumber(text)) {
            return Long.parseLong(text);
        }
        List<Long> found = Paging.all((limit, cursor) -> client.vms().list(text, limit, cursor)).items().stream()
                // A server of before there were names gives all of its VMs.
                .filter(vm -> text.equals(vm.name()))
                .map(VmSummary::vmid)
                .toList();
        return switch (found.size()) {
            case 1 -> found.getFirst();
            case 0 ->
                throw new CliException("Cannot find a VM named " + Printable.line(text)
                        + " that this key may see; 'bellhop vm list' lists them all");
            default ->
                throw new CliException("Cannot tell which VM is meant because several are named " + Printable.line(text)
                        + "; give one of the vmids "
                        + found.stream().map(String::valueOf).collect(Collectors.joining(", ")));
        };
    }

    /** Returns the vmids of a list of arguments; absent if none was given. */
    public static @Nullable List<Long> vmids(BellhopClient client, @Nullable List<VmArgument> vms)
            throws InterruptedException {
        if (vms == null) {
            return null;
        }
        List<Long> vmids = new ArrayList<>();
        for (VmArgument vm : vms) {
            vmids.add(vm.vmid(client));
        }
        return vmids;
    }

    /** A VM's name in a table, where the end of a long one is left out; "-" where there is none. */
    public static String cell(@Nullable String name) {
        return name == null ? "-" : Printable.shortened(name, MAX_CELL);
    }

    /** Whether it is a vmid, and no name. */
    public static boolean isNumber(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** As somebody typed it. */
    @Override
    public String toString() {
        return text;
    }

    /** Refuses what is neither. */
    public static final class Converter implements ITypeConverter<VmArgument> {
        @Override
        public VmArgument convert(String value) {
            if (value.isBlank()) {
                throw new TypeConversionException("it must be a vmid or the name of a VM");
            }
            if (isNumber(value) && (value.length() > MAX_DIGITS || Long.parseLong(value) < 1)) {
                throw new TypeConversionException("a vmid must be a whole number from 1 on");
            }
            return new VmArgument(value);
        }
    }
}
