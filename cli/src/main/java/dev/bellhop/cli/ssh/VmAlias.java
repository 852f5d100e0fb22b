// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.ssh;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.vm.VmSummary;
import dev.bellhop.cli.command.Paging;
import dev.bellhop.cli.command.VmArgument;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a VM is called on this machine, where files of other programs are to name it. Whoever names VMs may be hostile, so a name
 * counts only where it has no character that means anything in such a file, is no number, and no other VM has it.
 *
 * @param name absent where it has none that counts
 */
record VmAlias(VmSummary vm, @Nullable String name) {

    /** What all of them end with, so that they are no host's. */
    static final String SUFFIX = ".bellhop";

    private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

    /** Those that the key sees, by ascending vmid. */
    static List<VmAlias> all(BellhopClient client) throws InterruptedException {
        List<VmSummary> vms = Paging.all(client.vms()::list).items();
        Map<String, Long> names = vms.stream()
                .map(VmAlias::safeName)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.groupingBy(VmAlias::folded, Collectors.counting()));
        Predicate<String> isOnly = name -> names.getOrDefault(folded(name), 0L) == 1;
        return vms.stream()
                .map(vm -> new VmAlias(vm, isOnly.test(safeName(vm)) ? safeName(vm) : null))
                .toList();
    }

    private static String safeName(VmSummary vm) {
        String name = vm.name();
        return name != null && SAFE.matcher(name).matches() && !VmArgument.isNumber(name) ? name : "";
    }

    /** ssh and people do not tell capitals from others. */
    private static String folded(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** By its vmid. */
    String host() {
        return vm.vmid() + SUFFIX;
    }

    /** By its name where it has one. */
    String shownHost() {
        return name == null ? host() : name + SUFFIX;
    }
}
