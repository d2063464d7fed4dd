/* Threads that work off what is queued for the two hemispheres of a chip.
 *
 * The caller queues and goes on; members of the crew take what is ready, of each lane (hemisphere)
 * in order and one at a time. A caller that has to wait for a lane takes part. So results never
 * depend on who did what, and nobody ever spins.
 */

#ifndef EMULATOR_CHIP_CREW_H
#define EMULATOR_CHIP_CREW_H

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { HX_LANES = 2 };

typedef struct {
    void *what;
    /* pieces of work that nobody has begun, and whether somebody is at one */
    int ready;
    int busy;
} hx_lane;

typedef struct {
    void (*work)(void *);
    hx_lane lane[HX_LANES];
    /* threads beside the caller: as many as there may be, and as there are */
    int wanted;
    int running;
    int asleep;
    /* the caller sleeps until somebody has finished */
    int waited_for;
    int stopping;
    pid_t process;
    pthread_t thread[HX_LANES];
    pthread_mutex_t lock;
    pthread_cond_t more;
    pthread_cond_t finished;
} hx_crew;

static void hx_crew_reset(hx_crew *crew)
{
    for (int i = 0; i < HX_LANES; i++)
        crew->lane[i].ready = crew->lane[i].busy = 0;
    crew->running = crew->asleep = crew->waited_for = crew->stopping = 0;
    crew->process = getpid();
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->more, NULL);
    pthread_cond_init(&crew->finished, NULL);
}

static void hx_crew_init(hx_crew *crew, void (*work)(void *), void *first, void *second)
{
    memset(crew, 0, sizeof(*crew));
    crew->work = work;
    crew->lane[0].what = first;
    crew->lane[1].what = second;
    hx_crew_reset(crew);
}

/* Work off one piece, of this lane rather than of another one; 0 if nothing can be begun. */
static int hx_crew_work(hx_crew *crew, int lane)
{
    for (int i = 0; i < HX_LANES; i++) {
        hx_lane *mine = &crew->lane[(lane + i) % HX_LANES];
        if (!mine->ready || mine->busy)
            continue;
        mine->ready--;
        mine->busy = 1;
        pthread_mutex_unlock(&crew->lock);
        crew->work(mine->what);
        pthread_mutex_lock(&crew->lock);
        mine->busy = 0;
        if (crew->waited_for)
            pthread_cond_signal(&crew->finished);
        return 1;
    }
    return 0;
}

static void *hx_crew_member(void *argument)
{
    hx_crew *crew = argument;
    pthread_mutex_lock(&crew->lock);
    while (!crew->stopping) {
        /* the lane that more waits for */
        if (hx_crew_work(crew, crew->lane[1].ready > crew->lane[0].ready))
            continue;
        crew->asleep++;
        pthread_cond_wait(&crew->more, &crew->lock);
        crew->asleep--;
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

/* Engage all threads that there may be; signals are left to the threads of the interpreter. */
static void hx_crew_engage(hx_crew *crew)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    /* without one, the caller does it all */
    while (crew->running < crew->wanted
           && pthread_create(&crew->thread[crew->running], NULL, hx_crew_member, crew) == 0)
        crew->running++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* One more piece of work for a lane; the caller alone will do if it is `small`. */
static void hx_crew_queue(hx_crew *crew, int lane, int small)
{
    if (!small && crew->running < crew->wanted)
        hx_crew_engage(crew);
    pthread_mutex_lock(&crew->lock);
    crew->lane[lane].ready++;
    if (!small && crew->asleep)
        pthread_cond_signal(&crew->more);
    pthread_mutex_unlock(&crew->lock);
}

/* Return once no more than so many pieces of either lane are left. */
static void hx_crew_wait(hx_crew *crew, int of_first, int of_second)
{
    const hx_lane *lane = crew->lane;
    pthread_mutex_lock(&crew->lock);
    for (;;) {
        const int first = lane[0].ready + lane[0].busy > of_first;
        const int second = lane[1].ready + lane[1].busy > of_second;
        if (!first && !second)
            break;
        if (hx_crew_work(crew, !first))
            continue;
        crew->waited_for = 1;
        pthread_cond_wait(&crew->finished, &crew->lock);
        crew->waited_for = 0;
    }
    /* members that found both lanes occupied may go on with what the caller has left */
    if (crew->asleep
        && ((lane[0].ready && !lane[0].busy) || (lane[1].ready && !lane[1].busy)))
        pthread_cond_signal(&crew->more);
    pthread_mutex_unlock(&crew->lock);
}

/* Let all threads go. What is queued stays so. */
static void hx_crew_dismiss(hx_crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->stopping = 1;
    pthread_cond_broadcast(&crew->more);
    pthread_mutex_unlock(&crew->lock);
    while (crew->running)
        pthread_join(crew->thread[--crew->running], NULL);
    crew->stopping = 0;
}

/* In a process that was forked the threads are gone, and what they were at with them. */
static int hx_crew_is_mine(hx_crew *crew)
{
    if (crew->process == getpid())
        return 1;
    hx_crew_reset(crew);
    return 0;
}

#endif
