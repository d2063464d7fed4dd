"""C interface of the growing buffer, for the extension modules of fisch and of the emulator."""

cimport cython

cdef void* pool_allocate(size_t wanted, size_t* granted) noexcept nogil
cdef void pool_release(void* memory, size_t granted) noexcept nogil

@cython.final
cdef class GrowBuffer:
    cdef char* data
    cdef size_t used        # bytes in use
    cdef size_t capacity    # bytes there are
    cdef int exports

    cdef int reserve(self, size_t extra) except -1 nogil
