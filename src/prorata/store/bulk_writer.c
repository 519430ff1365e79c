/* Bulk writing: rows of many statements in SQLite, written while other threads of Python go on.

The driver takes the interpreter's lock again after each statement, and a thread that computes gives
it away every 5 ms only: beside one, writing takes as long as computing. Here all values are noted
first, with the lock, and then written without it.

The driver's own connection is used, and the SQLite that the driver has loaded: two copies of it in
one process would not see each other's locks on a file. For `store/bulk.py`, which knows the errors. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdint.h>

enum { ROW = 100, DONE = 101, PERSISTENT = 1, MOST_PREPARED = 1024 };

typedef struct Database Database;
typedef struct Statement Statement;
typedef void (*Release)(void *);

/* What is used of SQLite, found by name in the driver's library. */
static struct {
    int (*prepare)(Database *, const char *, int, unsigned, Statement **, const char **);
    int (*step)(Statement *);
    int (*reset)(Statement *);
    int (*finalize)(Statement *);
    int (*clear)(Statement *);
    int (*parameters)(Statement *);
    int (*bind_null)(Statement *, int);
    int (*bind_number)(Statement *, int, int64_t);
    int (*bind_text)(Statement *, int, const char *, int, Release);
    int (*bind_blob)(Statement *, int, const void *, int, Release);
    int (*changes)(Database *);
    int (*error_code)(Database *);
    const char *(*error_text)(Database *);
} sqlite;

static const struct {
    const char *name;
    void *place;
} NAMES[] = {
    {"sqlite3_prepare_v3", &sqlite.prepare},
    {"sqlite3_step", &sqlite.step},
    {"sqlite3_reset", &sqlite.reset},
    {"sqlite3_finalize", &sqlite.finalize},
    {"sqlite3_clear_bindings", &sqlite.clear},
    {"sqlite3_bind_parameter_count", &sqlite.parameters},
    {"sqlite3_bind_null", &sqlite.bind_null},
    {"sqlite3_bind_int64", &sqlite.bind_number},
    {"sqlite3_bind_text", &sqlite.bind_text},
    {"sqlite3_bind_blob", &sqlite.bind_blob},
    {"sqlite3_changes", &sqlite.changes},
    {"sqlite3_extended_errcode", &sqlite.error_code},
    {"sqlite3_errmsg", &sqlite.error_text},
};

/* A value of a row. What it points to belongs to the caller's rows, which outlast the call. */
typedef struct {
    enum { NOTHING, NUMBER, TEXT, BLOB } kind;
    int size;
    union {
        int64_t number;
        const char *start;
    } is;
} Value;

/* A statement, and how many rows it is run with. */
typedef struct {
    Statement *statement;
    Py_ssize_t rows;
    int width;
    /* Whether each of the rows must be found. */
    int counted;
} Part;

/* How a connection of the driver begins, from Python 3.11 to 3.14 and long before. */
typedef struct {
    PyObject_HEAD
    Database *database;
} Connection;

typedef struct {
    PyObject_HEAD
    Connection *connection;
    /* Capsules of prepared statements, by their text. */
    PyObject *prepared;
} Writer;

static PyObject *BulkError, *ConnectionType;

static int fail(int code, const char *text)
{
    PyObject *arguments = Py_BuildValue("(is)", code, text);
    if (arguments != NULL) {
        PyErr_SetObject(BulkError, arguments);
        Py_DECREF(arguments);
    }
    return -1;
}

static void finalize(PyObject *capsule)
{
    sqlite.finalize(PyCapsule_GetPointer(capsule, NULL));
}

static int fail_as_told(Database *database)
{
    return fail(sqlite.error_code(database), sqlite.error_text(database));
}

/* Return a statement ready to be run, prepared at most once; NULL with an error. */
static Statement *prepared(Writer *self, PyObject *sql)
{
    PyObject *capsule = PyDict_GetItemWithError(self->prepared, sql);
    if (capsule != NULL)
        return PyCapsule_GetPointer(capsule, NULL);
    Py_ssize_t size;
    const char *text = PyErr_Occurred() ? NULL : PyUnicode_AsUTF8AndSize(sql, &size);
    if (text == NULL)
        return NULL;
    Statement *statement = NULL;
    Database *database = self->connection->database;
    if (sqlite.prepare(database, text, (int)size, PERSISTENT, &statement, NULL) != 0) {
        fail_as_told(database);
        return NULL;
    }
    capsule = PyCapsule_New(statement, NULL, finalize);
    if (capsule == NULL) {
        sqlite.finalize(statement);
        return NULL;
    }
    int kept = PyDict_SetItem(self->prepared, sql, capsule);
    Py_DECREF(capsule);
    return kept == 0 ? statement : NULL;
}

static int note(PyObject *given, Value *value)
{
    Py_ssize_t size = 0;
    if (given == Py_None) {
        value->kind = NOTHING;
    } else if (PyUnicode_Check(given)) {
        value->kind = TEXT;
        value->is.start = PyUnicode_AsUTF8AndSize(given, &size);
        if (value->is.start == NULL)
            return -1;
    } else if (PyBytes_Check(given)) {
        value->kind = BLOB;
        value->is.start = PyBytes_AS_STRING(given);
        size = PyBytes_GET_SIZE(given);
    } else if (PyLong_Check(given)) {
        value->kind = NUMBER;
        value->is.number = PyLong_AsLongLong(given);
        if (value->is.number == -1 && PyErr_Occurred())
            return -1;
    } else {
        PyErr_Format(PyExc_TypeError, "no value of a row: %R", given);
        return -1;
    }
    if (size > INT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "a value is too long for SQLite");
        return -1;
    }
    value->size = (int)size;
    return 0;
}

static int is_sequence(PyObject *given)
{
    return PyTuple_Check(given) || PyList_Check(given);
}

/* Note all rows of a part; return the first value after them, NULL with an error. */
static Value *note_rows(PyObject *rows, Part *part, Value *next)
{
    for (Py_ssize_t place = 0; place < part->rows; place++) {
        PyObject *row = PySequence_Fast_GET_ITEM(rows, place);
        if (!is_sequence(row) || PySequence_Fast_GET_SIZE(row) != part->width) {
            PyErr_SetString(PyExc_TypeError, "a row has no value for each parameter");
            return NULL;
        }
        PyObject **values = PySequence_Fast_ITEMS(row);
        for (int column = 0; column < part->width; column++)
            if (note(values[column], next++) < 0)
                return NULL;
    }
    return next;
}

static int bind(Statement *statement, int place, const Value *value)
{
    switch (value->kind) {
    case NUMBER:
        return sqlite.bind_number(statement, place, value->is.number);
    case TEXT:
        return sqlite.bind_text(statement, place, value->is.start, value->size, NULL);
    case BLOB:
        return sqlite.bind_blob(statement, place, value->is.start, value->size, NULL);
    default:
        return sqlite.bind_null(statement, place);
    }
}

/* What came of the writing: all done, an error of SQLite, or a row that was not found. */
enum { WRITTEN = -1, FAILED = -2 };

/* Write without the interpreter's lock; return the place of a part that misses a row, or how. */
static Py_ssize_t write_parts(
    Database *database, const Part *parts, Py_ssize_t count, const Value *next)
{
    for (Py_ssize_t place = 0; place < count; place++) {
        const Part *part = &parts[place];
        for (Py_ssize_t row = 0; row < part->rows; row++) {
            int result = 0;
            for (int column = 1; column <= part->width && result == 0; column++)
                result = bind(part->statement, column, next++);
            if (result == 0) {
                do
                    result = sqlite.step(part->statement);
                while (result == ROW);
            }
            if (result != DONE)
                return FAILED;
            sqlite.reset(part->statement);
            if (part->counted && sqlite.changes(database) != 1)
                return place;
        }
    }
    return WRITTEN;
}

/* Read a part: its statement, its rows and whether they are counted. Returns how many values. */
static Py_ssize_t open_part(Writer *self, PyObject *given, Part *part, PyObject **rows)
{
    PyObject *sql;
    if (!PyArg_ParseTuple(given, "UOp", &sql, rows, &part->counted))
        return -1;
    if (!is_sequence(*rows)) {
        PyErr_SetString(PyExc_TypeError, "rows are a list or a tuple");
        return -1;
    }
    part->statement = prepared(self, sql);
    if (part->statement == NULL)
        return -1;
    part->width = sqlite.parameters(part->statement);
    part->rows = PySequence_Fast_GET_SIZE(*rows);
    return part->rows * part->width;
}

static PyObject *run(Writer *self, PyObject *given)
{
    if (!PyList_Check(given)) {
        PyErr_SetString(PyExc_TypeError, "what is to be run is no list");
        return NULL;
    }
    Database *database = self->connection->database;
    if (database == NULL) {
        PyErr_SetString(PyExc_ValueError, "the connection is closed");
        return NULL;
    }
    if (PyDict_GET_SIZE(self->prepared) > MOST_PREPARED)
        PyDict_Clear(self->prepared);
    Py_ssize_t count = PyList_GET_SIZE(given), values = 0, result = FAILED;
    Part *parts = PyMem_New(Part, count);
    PyObject **rows = PyMem_New(PyObject *, count);
    Value *noted = NULL;
    if (parts == NULL || rows == NULL) {
        PyErr_NoMemory();
        goto end;
    }
    for (Py_ssize_t place = 0; place < count; place++) {
        Py_ssize_t more = open_part(self, PyList_GET_ITEM(given, place), &parts[place], &rows[place]);
        if (more < 0)
            goto end;
        values += more;
    }
    noted = PyMem_New(Value, values);
    if (noted == NULL) {
        PyErr_NoMemory();
        goto end;
    }
    Value *next = noted;
    for (Py_ssize_t place = 0; place < count; place++) {
        next = note_rows(rows[place], &parts[place], next);
        if (next == NULL)
            goto end;
    }
    Py_BEGIN_ALLOW_THREADS
    result = write_parts(database, parts, count, noted);
    Py_END_ALLOW_THREADS
    if (result == FAILED)
        fail_as_told(database);
    /* Nothing may point to values that are gone, and what failed is not to go on. */
    for (Py_ssize_t place = 0; place < count; place++) {
        sqlite.reset(parts[place].statement);
        sqlite.clear(parts[place].statement);
    }
end:
    PyMem_Free(noted);
    PyMem_Free(rows);
    PyMem_Free(parts);
    if (result == FAILED)
        return NULL;
    if (result == WRITTEN)
        Py_RETURN_NONE;
    return PyLong_FromSsize_t(result);
}

static PyObject *new_writer(PyTypeObject *type, PyObject *arguments, PyObject *named)
{
    static char *names[] = {"connection", NULL};
    PyObject *connection;
    if (!PyArg_ParseTupleAndKeywords(arguments, named, "O!", names, ConnectionType, &connection))
        return NULL;
    Writer *self = (Writer *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->connection = (Connection *)Py_NewRef(connection);
    self->prepared = PyDict_New();
    if (self->prepared == NULL) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static PyObject *close_writer(Writer *self, PyObject *nothing)
{
    PyDict_Clear(self->prepared);
    Py_RETURN_NONE;
}

static void end_writer(Writer *self)
{
    /* Statements first: they belong to the connection. */
    Py_CLEAR(self->prepared);
    Py_CLEAR(self->connection);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyMethodDef METHODS[] = {
    {"run", (PyCFunction)run, METH_O,
     "Run (sql, rows, counted) in turn; return the place of what misses a row. Raises BulkError."},
    {"close", (PyCFunction)close_writer, METH_NOARGS, "Let the connection's statements go."},
    {NULL},
};

static PyTypeObject WriterType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "prorata.store.bulk_writer.Writer",
    .tp_doc = "Writes through a connection of the driver, which one thread uses at a time.",
    .tp_basicsize = sizeof(Writer),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = new_writer,
    .tp_dealloc = (destructor)end_writer,
    .tp_methods = METHODS,
};

static PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT,
    .m_name = "prorata.store.bulk_writer",
    .m_doc = "Rows of many statements written in SQLite while other threads of Python go on.",
    .m_size = -1,
};

/* Find SQLite in the library of the driver, or in the program that the driver is a part of. */
static int find_sqlite(void)
{
    PyObject *driver = PyImport_ImportModule("_sqlite3");
    if (driver == NULL)
        return -1;
    ConnectionType = PyObject_GetAttrString(driver, "Connection");
    PyObject *file = PyObject_GetAttrString(driver, "__file__");
    Py_DECREF(driver);
    if (ConnectionType == NULL)
        return -1;
    PyErr_Clear();
    const char *path = file == NULL ? NULL : PyUnicode_AsUTF8(file);
    void *library = dlopen(path, RTLD_NOW);
    Py_XDECREF(file);
    for (size_t place = 0; place < Py_ARRAY_LENGTH(NAMES); place++) {
        void *found = library == NULL ? NULL : dlsym(library, NAMES[place].name);
        if (found == NULL) {
            PyErr_Format(PyExc_ImportError, "the driver shows no %s", NAMES[place].name);
            return -1;
        }
        *(void **)NAMES[place].place = found;
    }
    return 0;
}

PyMODINIT_FUNC PyInit_bulk_writer(void)
{
    if (find_sqlite() < 0 || PyType_Ready(&WriterType) < 0)
        return NULL;
    PyObject *module = PyModule_Create(&MODULE);
    if (module == NULL)
        return NULL;
    BulkError = PyErr_NewException("prorata.store.bulk_writer.BulkError", NULL, NULL);
    if (BulkError == NULL || PyModule_AddObjectRef(module, "BulkError", BulkError) < 0
        || PyModule_AddObjectRef(module, "Writer", (PyObject *)&WriterType) < 0) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
