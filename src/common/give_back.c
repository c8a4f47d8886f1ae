/*
 * What is free, and what can be had again, goes back to the kernel.  Trusts
 * the dynamic linker's list of what it has mapped.
 */
#include "build_config.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <link.h>
#ifdef HAVE_MALLOC_TRIM
#include <malloc.h>
#endif
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "give_back.h"

#define GIVE_BACK_S 30.0
/*
 * A start takes 150 faults and more, a message over https as many.  What is
 * used at every turn comes back by 30 to 40, and is not to be given again.
 */
#define MUCH_FAULTS 64

/* A sanitizer has a heap of its own, and its pages are not the linker's alone. */
#ifdef WITH_SANITIZERS
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* Text that the linker had to write to would be lost. */
static bool
is_as_in_its_file(const struct dl_phdr_info *object)
{
	const ElfW(Dyn) *d = NULL;

	for (int i = 0; i < object->dlpi_phnum; i++)
		if (object->dlpi_phdr[i].p_type == PT_DYNAMIC)
			d = (const ElfW(Dyn) *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
	if (d == NULL)
		return false;
	for (; d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_TEXTREL || (d->d_tag == DT_FLAGS && (d->d_un.d_val & DF_TEXTREL)))
			return false;
	return true;
}

static void
unmap_pages(const struct dl_phdr_info *object, const ElfW(Phdr) *segment)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t from = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
	uintptr_t to = object->dlpi_addr + segment->p_vaddr + segment->p_memsz;

	/* A refusal leaves all as it was. */
	(void)madvise((void *)from, to - from, MADV_DONTNEED);
}

/* From the last to the first, in which the list itself stands. */
static int
unmap_clean(struct dl_phdr_info *object, size_t size, void *ctx)
{
	(void)size;
	(void)ctx;
	if (!is_as_in_its_file(object))
		return 0;
	for (int i = object->dlpi_phnum - 1; i >= 0; i--) {
		const ElfW(Phdr) *s = &object->dlpi_phdr[i];

		if (s->p_type == PT_LOAD && !(s->p_flags & PF_W))
			unmap_pages(object, s);
	}
	return 0;
}

static long
faults_so_far(void)
{
	struct rusage used;

	return getrusage(RUSAGE_SELF, &used) == 0 ? used.ru_minflt : 0;
}

void
give_back(struct give_back *held, double now)
{
	if (SANITIZED || now - held->last < GIVE_BACK_S)
		return;
	held->last = now;
#ifdef HAVE_MALLOC_TRIM
	malloc_trim(0);
#endif
	if (faults_so_far() - held->faults >= MUCH_FAULTS)
		dl_iterate_phdr(unmap_clean, NULL);
	held->faults = faults_so_far();
}
