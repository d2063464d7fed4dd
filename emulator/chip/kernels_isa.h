/* The kernels in one variant per instruction set, chosen at run time; for one module to include. */
#ifndef HXEMU_CHIP_KERNELS_ISA_H
#define HXEMU_CHIP_KERNELS_ISA_H

#include "fisch/ut.h"
#include "kernels.h"

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define HX_X86 1
#include <immintrin.h>
#else
#define HX_X86 0
#endif

#if HX_X86
static inline __m128i hx_min_epi32(__m128i a, __m128i b)
{
    __m128i larger = _mm_cmpgt_epi32(a, b);
    return _mm_or_si128(_mm_and_si128(larger, b), _mm_andnot_si128(larger, a));
}

/* sums of four products of bytes below 128 each */
static inline __m128i hx_dot(__m128i sum, __m128i a, __m128i b)
{
    const __m128i low = _mm_set1_epi16(0xff);
    sum = _mm_add_epi32(sum, _mm_madd_epi16(_mm_and_si128(a, low), _mm_and_si128(b, low)));
    return _mm_add_epi32(sum, _mm_madd_epi16(_mm_srli_epi16(a, 8), _mm_srli_epi16(b, 8)));
}

static inline __m128i hx_max_epi32(__m128i a, __m128i b)
{
    __m128i larger = _mm_cmpgt_epi32(a, b);
    return _mm_or_si128(_mm_and_si128(larger, a), _mm_andnot_si128(larger, b));
}
#endif

/* some lanes of two vectors behind each other, by constant indices */
#if defined(__clang__) || __GNUC__ >= 12
#define HX_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define HX_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (VI){__VA_ARGS__})
#endif

/* a short loop that is made of vectors rather than unrolled */
#if defined(__clang__)
#define HX_ROLLED _Pragma("clang loop unroll(disable)")
#else
#define HX_ROLLED _Pragma("GCC unroll 1")
#endif

#define HX_CONCAT_(a, b) a##_##b
#define HX_CONCAT(a, b) HX_CONCAT_(a, b)

#define HX_ISA baseline
#define HX_LEVEL 0
#include "kernels_body.h"
#undef HX_ISA
#undef HX_LEVEL

#if HX_X86
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif
#define HX_ISA avx2
#define HX_LEVEL 1
#include "kernels_body.h"
#undef HX_ISA
#undef HX_LEVEL
#if defined(__clang__)
#pragma clang attribute pop
#pragma clang attribute push(                                                                     \
    __attribute__((target("avx2,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni"))),                \
    apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx2,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,prefer-vector-width=512")
#endif
#define HX_ISA avx512
#define HX_LEVEL 2
#include "kernels_body.h"
#undef HX_ISA
#undef HX_LEVEL
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

/* variant by name; NULL if this machine cannot run it or the name is unknown */
static const hx_kernels *hx_kernels_named(const char *name)
{
    if (strcmp(name, "baseline") == 0)
        return &hx_table_baseline;
#if HX_X86
    __builtin_cpu_init();
    if (strcmp(name, "avx2") == 0 && __builtin_cpu_supports("avx2"))
        return &hx_table_avx2;
    if (strcmp(name, "avx512") == 0 && __builtin_cpu_supports("avx512f")
        && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni"))
        return &hx_table_avx512;
#endif
    return NULL;
}

/* fastest variant of this machine */
static const hx_kernels *hx_kernels_best(void)
{
    const hx_kernels *found = hx_kernels_named("avx512");
    if (!found)
        found = hx_kernels_named("avx2");
    return found ? found : &hx_table_baseline;
}

#endif
